import { type Cell, CSV_START, csvRow } from '../../http/csv-text.ts';
import { decimalOf } from '../documents/figure-text.ts';
import type { FrozenBill } from '../frozen-bill.ts';

const headings = [
  'batch',
  'row',
  'document',
  'kind',
  'issued_at',
  'period_from',
  'period_to',
  'provider_id',
  'provider',
  'provider_tax_id',
  'corrects',
  'vat_percent',
  'net',
  'vat',
  'gross',
  'document_total',
  'currency',
  'allocation_number',
  'frozen_hash',
] as const;

/** A bill and the hash of its frozen copy. */
export interface BatchBill {
  bill: FrozenBill;
  hash: string;
}

/**
 * A batch as accountants import it: a row for each percentage of VAT of each bill, so that the rows of a bill add up to its
 * total. Pure: the same bills under the same number are the same bytes.
 */
export function batchCsvOf(batch: number, bills: readonly BatchBill[]): string {
  let row = 0;
  const rows = bills.flatMap((one) =>
    groupsOf(one.bill).map((group) => csvRow(cellsOf(batch, ++row, one, group))),
  );
  return CSV_START + csvRow(headings.map((text) => ({ text }))) + rows.join('');
}

interface Group {
  percent: string | null;
  baseMinor: string;
  vatMinor: string;
}

/** Those of the bill; what bears no VAT at all is one without a percentage. */
function groupsOf({ vatGroups, totals }: FrozenBill): Group[] {
  const based = vatGroups.reduce((sum, { baseMinor }) => sum + BigInt(baseMinor), 0n);
  const rest = BigInt(totals.netMinor) - based;
  const without = { percent: null, baseMinor: String(rest), vatMinor: '0' };
  return rest === 0n && vatGroups.length > 0 ? [...vatGroups] : [...vatGroups, without];
}

function cellsOf(batch: number, row: number, { bill, hash }: BatchBill, group: Group): Cell[] {
  const amount = (minor: bigint | string): Cell => ({
    number: decimalOf(String(minor), bill.currencyDecimals),
  });
  const text = (value: string | null): Cell => (value === null ? null : { text: value });
  return [
    { number: String(batch) },
    { number: String(row) },
    text(bill.numberText),
    text(bill.kind),
    text(bill.issuedAt),
    text(bill.period.from),
    text(bill.period.to),
    { number: String(bill.seller.providerId) },
    text(bill.seller.name),
    text(bill.seller.taxId),
    text(bill.corrects?.numberText ?? null),
    group.percent === null ? null : { number: group.percent },
    amount(group.baseMinor),
    amount(group.vatMinor),
    amount(BigInt(group.baseMinor) + BigInt(group.vatMinor)),
    amount(bill.totals.totalMinor),
    text(bill.currency),
    text(bill.allocation.state === 'granted' ? bill.allocation.number : null),
    text(hash),
  ];
}
