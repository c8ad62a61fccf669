import { readXlsx } from 'hucre/xlsx';
import { readCsv } from '../../http/read-csv.ts';
import { checkZip } from './check-zip.ts';

/** What a cell holds. A date is local: its parts are those of its UTC fields. */
export type Cell = string | number | boolean | Date | null;

/** The first sheet of a file, row by row from its first cell on. */
export type GridReading = { kind: 'grid'; rows: Cell[][] } | { kind: 'refused'; reason: string };

/** Most rows below the header. */
export const MAX_SHEET_ROWS = 5_000;
const MAX_CELL_CHARS = 1_000;
const refused = (reason: string): GridReading => ({ kind: 'refused', reason });

/** Reads a sheet by its name: `.xlsx` (the first sheet) or `.csv` (UTF-8, with commas, semicolons or tabs). */
export async function readGrid(fileName: string, bytes: Buffer): Promise<GridReading> {
  const reading = /\.xlsx$/i.test(fileName)
    ? await readWorkbook(bytes)
    : /\.csv$/i.test(fileName)
      ? readCsvGrid(bytes)
      : refused('File must be Excel format (.xlsx) or CSV (.csv)');
  if (reading.kind === 'refused') return reading;
  if (reading.rows.length > MAX_SHEET_ROWS + 1)
    return refused(`it has more than ${MAX_SHEET_ROWS} rows below the header`);
  const long = reading.rows.flat().find((cell) => typeof cell === 'string' && cell.length > MAX_CELL_CHARS);
  return long === undefined ? reading : refused(`it has a cell of more than ${MAX_CELL_CHARS} characters`);
}

async function readWorkbook(bytes: Buffer): Promise<GridReading> {
  const zip = checkZip(bytes);
  if (zip.kind === 'refused') return zip;
  try {
    const workbook = await readXlsx(bytes, { sheets: [0], range: `A1:Z${MAX_SHEET_ROWS + 2}` });
    const rows = workbook.sheets[0]?.rows;
    return rows === undefined
      ? refused('it has no sheet')
      : { kind: 'grid', rows: rows.map((row) => row.map(cellOf)) };
  } catch (error) {
    // Whatever the library finds wrong with a file, the file is what is wrong.
    return refused(`it cannot be read as an Excel workbook: ${error instanceof Error ? error.message : ''}`);
  }
}

function cellOf(value: unknown): Cell {
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isPlain || value instanceof Date ? value : null;
}

function readCsvGrid(bytes: Buffer): GridReading {
  const reading = readCsv(bytes, MAX_SHEET_ROWS + 2);
  if (reading.kind === 'refused') return reading;
  return {
    kind: 'grid',
    rows: reading.rows.map(({ cells }) => cells.map((cell) => (cell === '' ? null : cell))),
  };
}
