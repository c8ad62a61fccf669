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

export interface ShiftCertificatesTable {
  entry_uuid: string;
  device: string;
  incarnation: string;
  shift_id: string;
  first_seq: number;
  last_seq: number;
  statement: string;
  signature: string;
  public_key: string;
  outcome: 'same' | 'differs' | 'not_here';
  differences: string[];
  compared_at: Instant;
}
