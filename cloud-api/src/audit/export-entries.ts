import type { Db } from '../store/database.ts';
import { type AuditEntry, readAuditEntry } from './audit-entry.ts';
import { chainRows } from './chain-rows.ts';
import type { ChainRow } from './verify-audit.ts';

const csvColumns: readonly (readonly [string, (row: ChainRow, entry: AuditEntry) => unknown])[] = [
  ['seq', ({ seq }) => seq],
  ['at', (_, { at }) => at],
  ['actor_kind', (_, { actor }) => actor.kind],
  ['actor_id', (_, { actor }) => actor.id],
  ['actor_name', (_, { actor }) => actor.name],
  ['action', (_, { action }) => action],
  ['subject_kind', (_, { subject }) => subject.kind],
  ['subject_id', (_, { subject }) => subject.id],
  ['before', (_, { before }) => before],
  ['after', (_, { after }) => after],
  ['why', (_, { why }) => why],
  ['address', (_, { place }) => place?.address],
  ['request_id', (_, { requestId }) => requestId],
  ['hash', ({ hash }) => hash],
];

/** Lines of the whole chain: JSON that can be verified without us, or a table for people. */
export async function* exportEntries(
  db: Db,
  format: 'jsonl' | 'csv',
  fromSeq: number,
  toSeq: number,
): AsyncGenerator<string> {
  if (format === 'csv') yield `${csvColumns.map(([name]) => name).join(',')}\r\n`;
  for await (const row of chainRows(db, fromSeq, toSeq)) {
    yield format === 'csv' ? csvLineOf(row) : `${JSON.stringify(row)}\n`;
  }
}

function csvLineOf(row: ChainRow): string {
  const entry = readAuditEntry(row.text ?? '', row.clear);
  return `${csvColumns.map(([, cellOf]) => csvCellOf(cellOf(row, entry))).join(',')}\r\n`;
}

/** A cell of RFC 4180. A spreadsheet takes what begins with these for a formula, so it gets a quote before it. */
function csvCellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
