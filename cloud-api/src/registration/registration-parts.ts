import type { Clock, MakeId } from '@weighgate/protocol';
import type { RateLimiter } from '../http/rate-limiter.ts';
import type { Seal } from '../identity/sealed.ts';
import type { Db } from '../store/database.ts';

/** What the room works with. */
export interface RegistrationParts {
  db: Db;
  clock: Clock;
  makeId: MakeId;
  randomBytes: (size: number) => Buffer;
  limiter: RateLimiter;
  /** Keeps a private link with the answer that is given again to the same Idempotency-Key. */
  seal: Seal;
  /** E-mail addresses of the staff who are told of each new application. */
  noticesTo: readonly string[];
  /** IANA name of the zone that times are shown in. */
  timeZone: string;
}
