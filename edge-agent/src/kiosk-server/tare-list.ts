import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { type RowFault, type TareRow, taresOfRows } from './tare-rows.ts';

/** Largest list of tares, in bytes, and most rows in it. */
export const MAX_LIST_BYTES = 1024 * 1024;
export const MAX_LIST_ROWS = 5000;

/** What a list of tares says. `malformed` could not be read at all; `bad_rows` has every row that is wrong. */
export type TareListReading =
  | { kind: 'tares'; rowCount: number; tares: ReadonlyMap<string, number> }
  | { kind: 'malformed'; reason: string }
  | { kind: 'too_long' }
  | { kind: 'bad_rows'; faults: RowFault[] };

type RowsReading =
  | { kind: 'rows'; rows: TareRow[]; misshapen: RowFault[] }
  | Extract<TareListReading, { kind: 'malformed' | 'too_long' }>;

/**
 * Reads a list of tares: CSV whose header names the unit (`"id","kg"` or `"id","lbs"`), CSV with three columns
 * (`id,weight,unit`, a header or none), or a JSON list of `{ id, weight, unit }`. Tares come in grams. All rows are
 * right, or none counts.
 * @param name its ending says what it is
 * @param bytes at most {@link MAX_LIST_BYTES}, as UTF-8
 */
export function readTareList(name: string, bytes: Uint8Array): TareListReading {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { kind: 'malformed', reason: 'is not UTF-8 text' };
  }
  const reading = name.toLowerCase().endsWith('.json') ? rowsOfJson(text) : rowsOfCsv(text);
  if (reading.kind !== 'rows') return reading;
  const { rows, misshapen } = reading;
  const outcome = taresOfRows(rows);
  if (outcome.kind === 'tares' && misshapen.length === 0)
    return { kind: 'tares', rowCount: rows.length, tares: outcome.tares };
  const faults = [...misshapen, ...(outcome.kind === 'faults' ? outcome.faults : [])];
  return { kind: 'bad_rows', faults: faults.sort((a, b) => a.line - b.line) };
}

const jsonRow = z.strictObject({ id: z.unknown(), weight: z.unknown(), unit: z.unknown().default('kg') });

function rowsOfJson(text: string): RowsReading {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { kind: 'malformed', reason: `is not JSON: ${(error as Error).message}` };
  }
  if (!Array.isArray(json)) return { kind: 'malformed', reason: 'must be a list of { id, weight, unit }' };
  if (json.length > MAX_LIST_ROWS) return { kind: 'too_long' };
  const rows: TareRow[] = [];
  const misshapen: RowFault[] = [];
  for (const [index, item] of json.entries()) {
    const row = jsonRow.safeParse(item);
    if (row.success)
      rows.push({ line: index + 1, id: row.data.id, weight: row.data.weight, unit: row.data.unit });
    else
      misshapen.push({ line: index + 1, path: '', message: 'must be { id, weight, unit } and nothing else' });
  }
  return { kind: 'rows', rows, misshapen };
}

const csvRecords = z.array(z.object({ info: z.object({ lines: z.int() }), record: z.array(z.string()) }));

function rowsOfCsv(text: string): RowsReading {
  if ((text.match(/\n|\r(?!\n)/g)?.length ?? 0) > MAX_LIST_ROWS + 1) return { kind: 'too_long' };
  let records: z.infer<typeof csvRecords>;
  try {
    records = csvRecords.parse(
      parse(text, { info: true, relax_column_count: true, skip_empty_lines: true, trim: true }),
    );
  } catch (error) {
    if (error instanceof CsvError) return { kind: 'malformed', reason: `is not CSV: ${error.message}` };
    throw error;
  }
  const lines = records.map(({ info, record }) => ({ line: info.lines, cells: record }));
  const [first, ...rest] = lines;
  if (first === undefined) return { kind: 'malformed', reason: 'is empty' };
  const header = first.cells.map((cell) => cell.toLowerCase());
  if (header.length === 3) {
    const isHeader = header[0] === 'id' && header[1] === 'weight' && header[2] === 'unit';
    return withColumns(isHeader ? rest : lines, 3, undefined);
  }
  const unit = header[1];
  if (header.length === 2 && header[0] === 'id' && (unit === 'kg' || unit === 'lbs'))
    return withColumns(rest, 2, unit);
  const reason =
    'must begin with a header that names the unit: "id","kg" or "id","lbs"; or have id, weight, unit';
  return { kind: 'malformed', reason };
}

/** @param unit of every row; undefined where the third column says it */
function withColumns(
  lines: readonly { line: number; cells: string[] }[],
  columns: 2 | 3,
  unit: 'kg' | 'lbs' | undefined,
): RowsReading {
  const rows: TareRow[] = [];
  const misshapen: RowFault[] = [];
  for (const { line, cells } of lines) {
    const [id, weight, named] = cells;
    if (cells.length === columns) rows.push({ line, id, weight, unit: unit ?? named });
    else misshapen.push({ line, path: '', message: `must have ${columns} columns, not ${cells.length}` });
  }
  return { kind: 'rows', rows, misshapen };
}
