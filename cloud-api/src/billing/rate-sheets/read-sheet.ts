import { isoInstant } from '@weighgate/protocol';
import { z } from 'zod';
import type { Cell } from './read-grid.ts';
import {
  type CellReading,
  cellText,
  produceKeyOf,
  readBegin,
  readCurrency,
  readDate,
  readProduce,
  readRate,
  readScope,
  readUnit,
} from './sheet-cells.ts';

/** One rate as a sheet says it. */
export const sheetRowSchema = z.strictObject({
  produce: z.string(),
  /** Null: for all providers. */
  providerId: z.int().nullable(),
  ratePerKgMinor: z.string(),
  currency: z.string(),
  /** Null: from when the sheet takes effect. */
  validFromMs: z.union([z.int(), z.literal('always')]).nullable(),
  /** Null: without end. */
  validToMs: z.int().nullable(),
});
export type SheetRow = z.infer<typeof sheetRowSchema>;

/** A cell that cannot be taken, by its address in the sheet. */
export interface BadCell {
  cell: string;
  reason: string;
}

/** What a sheet says, or everything that is wrong with it. */
export type SheetReading =
  | { kind: 'rows'; rows: SheetRow[]; ignoredColumns: string[] }
  | { kind: 'refused'; reason: string }
  | { kind: 'bad_cells'; cells: BadCell[] };

/** What a sheet is read against. */
export interface SheetSurroundings {
  /** Registered produce. */
  produce: readonly string[];
  /** Ids of all providers. */
  providers: ReadonlySet<number>;
  timeZone: string;
  /** That of the cloud. */
  currency: string;
  takesEffectMs: number;
}

const required = ['Product', 'Rate', 'Scope'] as const;
const optional = ['Unit', 'Currency', 'From', 'To'] as const;
type Column = (typeof required)[number] | (typeof optional)[number];

/** Reads and checks every cell. Nothing is taken of a sheet that has a bad one. */
export function readSheet(grid: readonly (readonly Cell[])[], around: SheetSurroundings): SheetReading {
  const header = (grid[0] ?? []).map((cell) => cellText(cell));
  const columns = columnsOf(header);
  if (typeof columns === 'string') return { kind: 'refused', reason: columns };
  const cells: BadCell[] = [];
  const known = new Map(around.produce.map((name) => [produceKeyOf(name), name]));
  const taken: SheetRow[] = [];
  const takenOf = new Map<string, (SheetRow & { place: number })[]>();

  for (const [index, row] of grid.entries()) {
    if (index === 0 || row.every((cell) => cellText(cell) === '')) continue;
    const addressOf = (column: Column) => `${letterOf(columns.get(column) ?? 0)}${index + 1}`;
    const cellOf = (column: Column) => row[columns.get(column) ?? -1] ?? null;
    const faultsBefore = cells.length;
    const take = <T>(column: Column, reading: CellReading<T>, otherwise: T): T => {
      if (reading.kind === 'read') return reading.value;
      cells.push({ cell: addressOf(column), reason: reading.reason });
      return otherwise;
    };
    const unit = take('Unit', readUnit(cellOf('Unit')), 'kg' as const);
    const said = {
      produce: take('Product', readProduce(cellOf('Product'), known), ''),
      providerId: take('Scope', readScope(cellOf('Scope'), around.providers), null),
      ratePerKgMinor: take('Rate', readRate(cellOf('Rate'), unit), '0'),
      currency: take('Currency', readCurrency(cellOf('Currency'), around.currency), around.currency),
      validFromMs: take('From', readBegin(cellOf('From'), around.timeZone), null),
      validToMs: take('To', readDate(cellOf('To'), around.timeZone), null),
    };
    if (cells.length > faultsBefore) continue;
    // Two spellings of a new produce are one produce, too.
    known.set(produceKeyOf(said.produce), said.produce);
    const from = beginOf(said, around.takesEffectMs);
    if (said.validToMs !== null && said.validToMs <= from) {
      const begin = said.validFromMs === null ? `when the sheet takes effect, ${isoInstant(from)}` : 'From';
      cells.push({ cell: addressOf('To'), reason: `is not after ${begin}` });
      continue;
    }
    const key = `${said.produce}\n${said.providerId ?? ''}`;
    const others = takenOf.get(key) ?? [];
    const other = others.find((one) => meets(one, said, around.takesEffectMs));
    if (other !== undefined) {
      cells.push({
        cell: addressOf('Scope'),
        reason: `row ${other.place} already says a rate of this product and scope for part of the same time`,
      });
      continue;
    }
    taken.push(said);
    takenOf.set(key, [...others, { ...said, place: index + 1 }]);
  }
  if (cells.length > 0) return { kind: 'bad_cells', cells };
  if (taken.length === 0)
    return { kind: 'refused', reason: 'it has no rates below the header; nothing was changed' };
  const isKnown = (name: string) => [...required, ...optional].some((one) => isColumn(name, one));
  return {
    kind: 'rows',
    rows: taken,
    ignoredColumns: header.filter((name) => name !== '' && !isKnown(name)),
  };
}

const isColumn = (name: string, column: Column) => name.toLowerCase() === column.toLowerCase();

function beginOf({ validFromMs }: SheetRow, takesEffectMs: number): number {
  return validFromMs === 'always' ? -Infinity : (validFromMs ?? takesEffectMs);
}

function meets(a: SheetRow, b: SheetRow, takesEffectMs: number): boolean {
  const [fromA, fromB] = [beginOf(a, takesEffectMs), beginOf(b, takesEffectMs)];
  return fromA < (b.validToMs ?? Infinity) && fromB < (a.validToMs ?? Infinity);
}

function columnsOf(header: readonly string[]): Map<Column, number> | string {
  const found = new Map<Column, number>();
  for (const column of [...required, ...optional]) {
    const places = header.flatMap((name, i) => (isColumn(name, column) ? [i] : []));
    if (places.length > 1) return `it has the column ${column} twice`;
    if (places[0] !== undefined) found.set(column, places[0]);
  }
  const missing = required.filter((column) => !found.has(column));
  return missing.length === 0
    ? found
    : `Excel file must contain columns: ['Product', 'Rate', 'Scope']; missing: ${missing.join(', ')}`;
}

/** `A` for the first column. Sheets are read up to `Z`. */
function letterOf(column: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + column);
}
