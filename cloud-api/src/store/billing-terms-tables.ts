import type { ColumnType, GeneratedAlways } from 'kysely';
import type { Instant, InstantOrNull } from './journal-tables.ts';

/** Who said something that is found by when it begins: by the latest beginning, and of those the last said. */
interface Said {
  no: GeneratedAlways<number>;
  valid_from: Instant;
  said_by: string;
  said_at: Instant;
}

/** A view: deliveries that nobody took back. */
export interface DeliveriesView {
  id: string;
  session_id: string;
  provider_id: number | null;
  produce: string | null;
  net_g: number;
  weighed_out_at: Instant;
  entry_uuid: string;
  truck: string;
}

export interface VatRatesTable extends Said {
  id: string;
  category: 'standard' | 'zero';
  percent: string;
}

/** A view: those that hold, with their ends. */
export interface StandingVatRatesView {
  id: string;
  category: 'standard' | 'zero';
  percent: string;
  valid_from: Instant;
  valid_to: InstantOrNull;
}

export interface BuyerDetailsTable extends Said {
  name: string;
  tax_id: string | null;
  address: string | null;
  rounding: 'half_away' | 'half_even';
}

export interface ProviderTaxDetailsTable extends Said {
  provider_id: number;
  tax_id: string | null;
  address: string | null;
  vat: 'standard' | 'zero' | 'exempt' | 'not_charged';
}

export interface SelfBillingAgreementsTable {
  id: string;
  provider_id: number;
  reference: string;
  valid_from: Instant;
  valid_to: InstantOrNull;
  said_by: string;
  said_at: Instant;
}

export interface AllocationThresholdsTable {
  currency: string;
  valid_from: Instant;
  net_minor: ColumnType<string, string, never>;
}

export interface AllocationAnswersTable {
  run_id: string;
  figures_hash: string;
  state: 'granted' | 'refused';
  number: string | null;
  reason: string | null;
  answered_at: Instant;
}
