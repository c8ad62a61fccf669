import type { Cell } from '../../http/csv-text.ts';
import type { FrozenBill, FrozenLine, FrozenSession } from '../frozen-bill.ts';
import type { BilledDelivery } from './bill-document.ts';
import { decimalOf } from './figure-text.ts';

const text = (value: string): Cell => ({ text: value });
const textOrNot = (value: string | null): Cell => (value === null ? null : { text: value });
const number = (value: string | number): Cell => ({ number: String(value) });
const kg = (grams: number | string): Cell => ({ number: decimalOf(String(grams), 3) });

/** Headings of {@link lineCells}. Words of machines, the same in every language. */
export const lineHeadings = [
  'bill',
  'line',
  'kind',
  'produce',
  'finding',
  'finding_session_id',
  'rate_id',
  'rate_per_kg_minor',
  'rate_for_provider',
  'rate_valid_from',
  'rate_valid_to',
  'vat',
  'vat_percent',
  'late',
  'corrects_line',
  'deliveries',
  'net_kg',
  'amount',
  'currency',
] as const;

/** One line of a bill as a row. */
export function lineCells(bill: FrozenBill, line: FrozenLine): Cell[] {
  const { rate, vat } = line;
  const isProduce = line.kind === 'produce';
  return [
    text(bill.numberText),
    number(line.no),
    text(line.kind),
    isProduce ? text(line.produce) : null,
    isProduce ? null : text(findingText(line.finding)),
    isProduce ? null : text(line.sessionId),
    text(rate.id),
    number(rate.perKgMinor),
    rate.providerId === null ? text('all') : number(rate.providerId),
    textOrNot(rate.validFrom),
    textOrNot(rate.validTo),
    text(vat.kind),
    vat.kind === 'charged' ? number(vat.percent) : null,
    text(line.isLate ? 'yes' : 'no'),
    line.corrects === null ? null : number(line.corrects),
    isProduce ? number(line.sessionCount) : null,
    isProduce ? kg(line.netG) : null,
    number(decimalOf(line.amountMinor, bill.currencyDecimals)),
    text(bill.currency),
  ];
}

function findingText(finding: Extract<FrozenLine, { kind: 'quality' }>['finding']): string {
  switch (finding.kind) {
    case 'moisture':
      return `moisture ${finding.foundPercent} base ${finding.basePercent}`;
    case 'pound_solids':
      return `pound_solids ${finding.foundPercent} standard ${finding.standardPercent}`;
    case 'deduction':
      return `deduction ${finding.percent} ${finding.reason}`;
  }
}

/** Headings of {@link deliveryCells}. */
export const deliveryHeadings = [
  'bill',
  'line',
  'session_id',
  'produce',
  'truck',
  'site',
  'ticket_in',
  'ticket_out',
  'weighed_in_at',
  'weighed_out_at',
  'gross_in_kg',
  'gross_out_kg',
  'containers_in',
  'containers_out',
  'stored_tare',
  'stored_tare_kg',
  'net_kg',
  'marks',
  'late',
  'entry_hash_in',
  'entry_hash_out',
] as const;

/** One delivery of a bill as a row. */
export function deliveryCells(bill: FrozenBill, { session, lineNo }: BilledDelivery): Cell[] {
  const { first, second, storedTare } = session;
  return [
    text(bill.numberText),
    number(lineNo),
    text(session.id),
    text(session.produce),
    text(session.truck),
    text(session.site),
    text(session.ticketIn),
    text(session.ticketOut),
    text(session.weighedInAt),
    text(session.weighedOutAt),
    kg(first.grossG),
    second === null ? null : kg(second.grossG),
    text(containersText(first)),
    second === null ? null : text(containersText(second)),
    storedTare === null ? null : text(storedTare.kind),
    storedTare === null ? null : kg(storedTare.tareG),
    kg(session.netG),
    text(session.marks.join(' ')),
    text(bill.lines.find(({ no }) => no === lineNo)?.isLate === true ? 'yes' : 'no'),
    text(first.entry.hash),
    second === null ? null : text(second.entry.hash),
  ];
}

function containersText({ containers }: FrozenSession['first']): string {
  return containers
    .map(({ id, tareG }) => `${id}=${tareG === null ? '?' : decimalOf(String(tareG), 3)}`)
    .join(' ');
}
