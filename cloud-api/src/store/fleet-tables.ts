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

export interface DeviceSettingsTable {
  device: string;
  version: number;
  /** RemoteSettings of the protocol, written as JSON text. */
  settings: ColumnType<unknown, string, never>;
  put_by: string;
  put_why: string;
  put_at: Instant;
}

export interface SettingsReportsTable {
  entry_uuid: string;
  device: string;
  incarnation: string;
  seq: number;
  version: number;
  outcome: 'trying' | 'applied' | 'refused' | 'rolled_back';
  detail: string | null;
  /** Written as JSON text. */
  changes: ColumnType<unknown, string, never>;
  reported_at: Instant;
}
