import { plainText } from '../../http/inert-text.ts';
import { type CsvRow, readCsv } from '../../http/read-csv.ts';
import type { FileRow } from './csv-file.ts';

/** Most rows below the header. */
export const MAX_IMPORT_ROWS = 5_000;

/** A row that cannot be taken, and why. */
export interface BadRow {
  line: number;
  /** null when it is not about one cell. */
  column: string | null;
  reason: string;
}

export type RowsReading<Column extends string> =
  | { kind: 'rows'; rows: FileRow<Column>[]; bad: BadRow[] }
  | { kind: 'refused'; reason: string };

const refused = (reason: string) => ({ kind: 'refused', reason }) as const;
const isBlank = ({ cells }: CsvRow) => cells.every((cell) => cell.trim() === '');

/** Reads the rows of a file by the names in its header. Rows without any text are left out. */
export function readRows<Column extends string>(
  bytes: Uint8Array,
  columns: Readonly<Record<Column, 'required' | 'optional'>>,
): RowsReading<Column> {
  const reading = readCsv(bytes, MAX_IMPORT_ROWS + 2);
  if (reading.kind === 'refused') return reading;
  const [header, ...below] = reading.rows;
  if (header === undefined || isBlank(header))
    return refused('its first line is empty: name the columns there');
  if (below.length > MAX_IMPORT_ROWS)
    return refused(`it has more than ${MAX_IMPORT_ROWS} rows: import it in parts`);
  const names = header.cells.map((cell) => plainText(cell).trim().toLowerCase());
  const fault = headerFaultOf(names, columns);
  if (fault !== null) return refused(fault);
  const filled = below.filter((row) => !isBlank(row));
  const isWhole = ({ cells }: CsvRow) => cells.length === names.length;
  return {
    kind: 'rows',
    rows: filled.filter(isWhole).map(({ line, cells }) => ({
      line,
      cell: (column) => plainText(cells[names.indexOf(column.toLowerCase())] ?? '').trim(),
    })),
    bad: filled
      .filter((row) => !isWhole(row))
      .map(({ line, cells }) => ({
        line,
        column: null,
        reason: `it has ${cells.length} cells, and the header has ${names.length}`,
      })),
  };
}

function headerFaultOf(
  names: readonly string[],
  columns: Readonly<Record<string, 'required' | 'optional'>>,
): string | null {
  const known = Object.keys(columns);
  const say = `the columns are ${known.join(', ')}`;
  const stranger = names.find((name) => !known.some((column) => column.toLowerCase() === name));
  if (stranger !== undefined) return `it has a column "${stranger.slice(0, 40)}", which is not known: ${say}`;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `it has the column "${twice}" twice`;
  const missing = known.find(
    (column) => columns[column] === 'required' && !names.includes(column.toLowerCase()),
  );
  return missing === undefined ? null : `it has no column "${missing}": ${say}`;
}
