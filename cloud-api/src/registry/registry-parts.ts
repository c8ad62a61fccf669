import type { Clock } from '@weighgate/protocol';
import type { Db } from '../store/database.ts';

/** What the registry's routes work with. */
export interface RegistryParts {
  db: Db;
  clock: Clock;
  /** IANA name of the zone that `yyyymmddhhmmss` is meant in. */
  timeZone: string;
}
