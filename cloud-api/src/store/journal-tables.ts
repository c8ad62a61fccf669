import type { ColumnType, Generated } from 'kysely';

/** An instant: read as a Date, written as ISO 8601 text. */
export type Instant = ColumnType<Date, string, string>;
export type InstantOrNull = ColumnType<Date | null, string | null, string | null>;
/** A place in a device's chain: `(device, incarnation, seq)`. */
export interface EntryPlace {
  device: string;
  incarnation: string;
  seq: number;
}

export interface CloudEpochTable {
  epoch: string;
  born_at: Instant;
  system_identifier: string | null;
  timeline: string | null;
  database_oid: number | null;
}

export interface CloudEpochChangesTable {
  epoch: string;
  before: string;
  reason: string;
  changed_at: Instant;
}

export interface DevicesTable {
  device: string;
  incarnation: string;
  head_seq: number;
  head_hash: string;
  app_version: string;
  clock_offset_ms: number;
  last_hello_at: Instant;
  speaks_sync_2: Generated<boolean>;
  /** Set while two machines speak under this name. */
  quarantined_at: ColumnType<Date | null, string | null | undefined, string | null>;
  quarantine_reason: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface DeviceBootsTable {
  device: string;
  boot_id: string;
  incarnation: string;
  first_heard: Generated<number>;
  first_hello_at: Instant;
  mono_ms: number;
  wall_ms: number;
  last_hello_at: Instant;
}

export interface DeviceSigningKeysTable {
  device: string;
  /** Ed25519, 32 bytes in base64url. */
  public_key: string;
  /** The one chain it signs; null: every chain of the device. */
  incarnation: string | null;
  valid_from_seq: Generated<number>;
  valid_to_seq: ColumnType<number | null, number | null | undefined, number | null>;
  registered_at: Instant;
  retired_at: ColumnType<Date | null, string | null | undefined, string | null>;
}

export interface AlarmsTable {
  id: string;
  code: string;
  device: string;
  incarnation: string | null;
  seq: number | null;
  detail: string;
  raised_at: Instant;
  last_seen_at: Instant;
  times: number;
  acknowledged_at: ColumnType<Date | null, string | null | undefined, string | null>;
  acknowledged_by: ColumnType<string | null, string | null | undefined, string | null>;
  acknowledged_why: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface IngestPositionsTable {
  device: string;
  incarnation: string;
  contiguous_seq: number;
  head_hash: string;
}

export interface JournalEntriesTable extends EntryPlace {
  uuid: string;
  repeats_uuid: boolean;
  kind: string;
  previous_hash: string;
  hash: string;
  entry_text: string;
  signature: string | null;
  signature_state: Generated<'verified' | 'unverified'>;
  /** The fact inside an entry that carries one over from an earlier chain. */
  carried_uuid: ColumnType<string | null, string | null | undefined, never>;
  /** By the device's clock as it stood. */
  made_at: ColumnType<Date | null, string | null | undefined, never>;
  /** By our clock, as far as it can be told; null when the boot it was made in never greeted. */
  made_at_true: ColumnType<Date | null, string | null | undefined, never>;
  received_at: Instant;
}

/** A view: what stands in `journal_entries`, with damaged texts replaced by those they were mended with. */
export interface ProvenEntriesView extends JournalEntriesTable {
  repaired_at: Date | null;
}

export interface EntryDamagesTable extends EntryPlace {
  found_hash: string;
  found_at: Instant;
}

export interface EntryRepairsTable extends EntryPlace {
  previous_hash: string;
  hash: string;
  entry_text: string;
  signature: string | null;
  repaired_at: Instant;
}

export interface IngestForksTable extends EntryPlace {
  hash: string;
  known_hash: string;
  entry_text: string;
  received_at: Instant;
}

export interface ParkedEntriesTable extends EntryPlace {
  kind: string;
  reason: string;
  detail: string;
  session_id: string | null;
  ticket_no: string | null;
  truck: string | null;
  truck_key: string | null;
  weighed_at: InstantOrNull;
  parked_at: Instant;
}

export interface ParkedAttemptsTable extends EntryPlace {
  id: string;
  outcome: 'applied' | 'still_parked' | 'resolved';
  reason: string | null;
  detail: string | null;
  by_whom: string;
  attempted_at: Instant;
}
