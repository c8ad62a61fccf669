import type { ColumnType, Generated } from 'kysely';
import type { Instant } from './journal-tables.ts';

/** An instant that may be open: null. */
type OpenInstant = ColumnType<Date | null, string | null | undefined, string | null>;

export interface ProvidersTable {
  id: Generated<number>;
  name: string;
  name_key: string;
  status: Generated<'active' | 'revoked'>;
  /** The provider it turned out to be; null for one that stands for itself. */
  merged_into: Generated<number | null>;
  version: Generated<number>;
  valid_from: OpenInstant;
  valid_to: OpenInstant;
  created_at: Instant;
}

export interface TrucksTable {
  id: string;
  truck_key: string;
  /** The key of the registered truck that came under this plate; null for a truck of its own. */
  alias_of: string | null;
  version: Generated<number>;
  valid_from: OpenInstant;
  valid_to: OpenInstant;
  created_at: Instant;
}

export interface TruckOwnersTable {
  range_id: Generated<number>;
  truck_key: string;
  provider_id: number;
  valid_from: OpenInstant;
  valid_to: OpenInstant;
}

export interface TruckOwnerChangesTable {
  change_id: Generated<number>;
  truck_key: string;
  provider_id: number;
  owned_from: OpenInstant;
  said_by: string;
  said_at: Instant;
}

/** Of a truck and of each alias of it; merged providers are resolved. */
export interface PlateOwnersView {
  truck_key: string;
  provider_id: number;
  valid_from: ColumnType<Date | null, never, never>;
  valid_to: ColumnType<Date | null, never, never>;
  during: string;
}

/** Plates of every truck that anybody ever said was a provider's; merged providers are resolved. */
export interface ProviderPlatesView {
  provider_id: number;
  truck_key: string;
}

export interface SessionOwnersView {
  session_id: string;
  provider_id: number | null;
}

export interface RegistryMergesTable {
  merge_id: Generated<number>;
  kind: 'provider' | 'truck';
  /** Id of a provider, plate of a truck. */
  merged: string;
  into_one: string;
  reason: string;
  merged_by: string;
  merged_at: Instant;
}

export interface MasterDataHeadTable {
  revision: number;
}

export interface MasterDataChangesTable {
  revision: number;
  /** `*` or the code of a site. */
  scope: string;
  entity: string;
  row_id: string;
  /** Null: a tombstone. */
  body: string | null;
  scope_digest: string;
  changed_at: Instant;
}

export interface ContainerTaresTable {
  container: string;
  valid_from: Instant;
  tare_g: number;
  set_at: Instant;
  entry_uuid: string | null;
}

export interface OperatorAccountsTable {
  operator_id: string;
  name: string;
  name_key: string;
  role: 'weigher' | 'supervisor';
  verifier: string;
  sites: string[];
  valid_from: OpenInstant;
  valid_to: OpenInstant;
  withdrawn_at: OpenInstant;
  created_at: Instant;
  /** Counted by the database. */
  version: ColumnType<number, never, never>;
}

export interface TruckProposalsTable {
  proposal_id: string;
  device: string;
  site: string;
  truck: string;
  truck_key: string;
  proposed_at: Instant;
  outcome: Generated<'open' | 'accepted' | 'mapped' | 'turned_down'>;
  mapped_key: string | null;
  decided_at: OpenInstant;
}
