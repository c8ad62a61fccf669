import { parse } from 'csv-parse/sync';

/** A row of a file. `line` is the line of the file that it begins in, from 1. */
export interface CsvRow {
  line: number;
  cells: string[];
}

export type CsvReading = { kind: 'rows'; rows: CsvRow[] } | { kind: 'refused'; reason: string };

/** A quote that is never closed makes one cell of the rest of a file. */
const MAX_CELL_CHARS = 100_000;
const lineEnd = /\r\n|\r|\n/g;

/**
 * Takes a CSV file apart (RFC 4180 in UTF-8, with a byte order mark or without, lines ended in any way, with commas,
 * semicolons or tabs). Blank lines are rows, too, so that a caller can name any line.
 * @param maxRows most rows that are read, the header among them; what follows is left unread
 */
export function readCsv(bytes: Uint8Array, maxRows: number): CsvReading {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError)
      return { kind: 'refused', reason: 'it is not in UTF-8: save it as "CSV UTF-8"' };
    throw error;
  }
  try {
    const records: string[][] = parse(text, {
      delimiter: delimiterOf(text),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: false,
      to: maxRows,
    });
    const rows = numbered(records);
    const long = rows.find(({ cells }) => cells.some((cell) => cell.length > MAX_CELL_CHARS));
    if (long === undefined) return { kind: 'rows', rows };
    const reason = `line ${long.line} has a cell of more than ${MAX_CELL_CHARS} characters: is a quote not closed?`;
    return { kind: 'refused', reason };
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    return { kind: 'refused', reason: `it cannot be read as CSV: ${said}` };
  }
}

function numbered(records: readonly string[][]): CsvRow[] {
  let next = 1;
  return records.map((cells) => {
    const line = next;
    next += 1 + cells.reduce((ends, cell) => ends + (cell.match(lineEnd)?.length ?? 0), 0);
    return { line, cells };
  });
}

/** The sign that the first line has most of. */
function delimiterOf(text: string): string {
  const header = text.slice(0, 10_000).split(/[\r\n]/, 1)[0] ?? '';
  const counted = [',', ';', '\t'].map((sign) => [header.split(sign).length, sign] as const);
  return counted.reduce((best, one) => (one[0] > best[0] ? one : best))[1];
}
