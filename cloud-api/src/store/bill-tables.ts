import type { ColumnType, Generated } from 'kysely';
import type { Instant, InstantOrNull } from './journal-tables.ts';

/** Whole minor units or grams beyond the safe integers, as decimal text. */
type Whole = ColumnType<string, string, never>;

export interface BillRunsTable {
  id: string;
  provider_id: number;
  period_from: Instant;
  period_to: Instant;
  state: 'draft' | 'approved' | 'issued' | 'paid' | 'credited';
  version: Generated<number>;
  figures: string;
  figures_hash: string;
  blocked_count: number;
  drafted_at: Instant;
  approved_by: string | null;
  approved_at: InstantOrNull;
  bill_id: string | null;
}

export interface BillSeriesTable {
  series: string;
  year: number;
  last_number: number;
  last_hash: string;
}

export interface BillsTable {
  id: string;
  run_id: string | null;
  kind: 'tax_invoice' | 'proforma' | 'credit_note';
  corrects_bill_id: string | null;
  provider_id: number;
  series: string;
  year: number;
  number: number;
  number_text: string;
  issued_at: Instant;
  currency: string;
  net_minor: Whole;
  vat_minor: Whole;
  total_minor: Whole;
  frozen_text: string;
  prior_hash: string;
  hash: string;
}

export interface BillLinesTable {
  bill_id: string;
  line_no: number;
  kind: 'produce' | 'quality';
  corrects_line: number | null;
  produce: string | null;
  rate_id: string | null;
  is_late: boolean;
  vat_kind: 'charged' | 'exempt' | 'not_charged';
  vat_percent: string | null;
  session_count: number;
  net_g: Whole;
  amount_minor: Whole;
}

export interface BillSessionsTable {
  bill_id: string;
  position: number;
  line_no: number;
  session_id: string;
  charge_kind: 'delivery';
  delivery_id: string;
  produce: string;
  net_g: number;
  weighed_out_at: Instant;
  frozen_text: string;
  hash: Buffer;
  reversed_by: string | null;
}

/** A view: what is left of a line after the credit notes of its bill. */
export interface BillLineRestsView {
  bill_id: string;
  line_no: number;
  net_g: string;
  amount_minor: string;
}

export interface ReconciliationsTable {
  id: string;
  reconciled_at: Instant;
  /** yyyy-mm-dd in the zone of the site. */
  night: string | null;
  row_count: number;
  differences: number;
  different: ColumnType<unknown, string, never>;
}
