import { CSV_START, csvRow } from '../../http/csv-text.ts';
import type { Db } from '../../store/database.ts';
import { readFrozenSessions, type StoredBill, type StoredSession } from '../read-frozen-bill.ts';
import { deliveryCells, deliveryHeadings, lineCells, lineHeadings } from './bill-tables.ts';

const headingRow = (headings: readonly string[]) => CSV_START + csvRow(headings.map((text) => ({ text })));

/** The lines of a bill as CSV. */
export function linesCsvOf({ bill }: Pick<StoredBill, 'bill'>): string {
  return headingRow(lineHeadings) + bill.lines.map((line) => csvRow(lineCells(bill, line))).join('');
}

/** The deliveries of a bill as CSV, piece by piece: a bill may have a million. @throws FrozenBillDamagedError */
export async function* deliveriesCsvOf(db: Db, { bill }: StoredBill): AsyncGenerator<string> {
  yield headingRow(deliveryHeadings);
  for await (const page of readFrozenSessions(db, bill.id)) {
    yield page.map((delivery) => csvRow(deliveryCells(bill, delivery))).join('');
  }
}

/**
 * The frozen copy as JSON, piece by piece. Every text inside stands as it was hashed, so whoever has the file can hash it
 * again: `bill` gives `hash`, and the hash of each `session` is its part of the `sessionsHash` of its line.
 * @throws FrozenBillDamagedError
 */
export async function* billJsonOf(db: Db, { bill, text, hash }: StoredBill): AsyncGenerator<string> {
  yield `{"hash":${JSON.stringify(hash)},"bill":${text},"sessions":[`;
  let before = '';
  for await (const page of readFrozenSessions(db, bill.id)) {
    yield before + page.map(jsonOf).join(',');
    before = ',';
  }
  yield ']}\n';
}

function jsonOf({ position, lineNo, text }: StoredSession): string {
  return `{"position":${position},"lineNo":${lineNo},"session":${text}}`;
}
