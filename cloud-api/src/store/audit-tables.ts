import type { ColumnType } from 'kysely';

/** Read from the text by the database. */
type Derived<T> = ColumnType<T, never, never>;

export interface AuditChangesTable {
  change_id: string;
  entry_text: string;
  action: Derived<string>;
  /** ISO 8601 in UTC. */
  at: Derived<string>;
  actor_id: Derived<string | null>;
  subject_kind: Derived<string>;
  subject_id: Derived<string | null>;
  request_id: Derived<string | null>;
}

/** Written by the database at the commit of the change. */
export interface AuditChainTable {
  seq: Derived<number>;
  change_id: Derived<string>;
  previous_hash: Derived<string>;
  hash: Derived<string>;
}

export interface AuditHeadTable {
  seq: Derived<number>;
  hash: Derived<string>;
}

export interface AuditClearValuesTable {
  change_id: string;
  /** JSON pointer. */
  place: string;
  salt: string;
  value: string;
}

export interface AuditSealsTable {
  seq: number;
  public_key: string;
  statement: string;
  signature: string;
}
