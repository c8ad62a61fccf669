import type { ColumnType } from 'kysely';
import type { Instant, InstantOrNull } from './journal-tables.ts';

export interface DevicePresenceTable {
  device: string;
  incarnation: string;
  boot_id: string;
  connected_ms: number | null;
  online: boolean;
  since: Instant;
  heard_at: Instant;
  /** A DeviceStatus of the protocol, written as JSON text. */
  status: ColumnType<unknown, string | null, string | null>;
  status_at: InstantOrNull;
}
