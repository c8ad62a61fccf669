import type { ColumnType } from 'kysely';
import type { Instant } from './journal-tables.ts';

/** Whole minor units as decimal text. */
type Whole = ColumnType<string, string, never>;

export interface PaymentsTable {
  id: string;
  bill_id: string;
  provider_id: number;
  amount_minor: Whole;
  currency: string;
  paid_at: Instant;
  reference: string;
  reverses: string | null;
  recorded_by: string;
  recorded_at: Instant;
}

export interface AccountTransactionsTable {
  id: string;
  provider_id: number;
  kind: 'bill' | 'credit_note' | 'payment';
  bill_id: string | null;
  payment_id: string | null;
  currency: string;
  posted_at: Instant;
}

export interface AccountPostingsTable {
  transaction_id: string;
  account: 'payable' | 'purchases' | 'input_vat' | 'bank';
  amount_minor: Whole;
}

/** A view. */
export interface ProviderBalancesView {
  provider_id: number;
  currency: string;
  owed_minor: string;
  billed_minor: string | null;
  credited_minor: string | null;
  paid_minor: string | null;
}
