import { inertText } from './inert-text.ts';

/** A cell: text as it was given, a number as decimal text of our own, or nothing. */
export type Cell = { text: string } | { number: string } | null;

const numberPattern = /^-?\d+(?:\.\d+)?$/;
/** Spreadsheets take text without it for the code page of the machine. */
export const CSV_START = '\ufeff';

/**
 * One row as RFC 4180 writes it, with its line end. Text is inert; a number is a number.
 * @throws RangeError for a number that is none
 */
export function csvRow(cells: readonly Cell[]): string {
  return `${cells.map(fieldOf).join(',')}\r\n`;
}

function fieldOf(cell: Cell): string {
  if (cell === null) return '';
  if ('number' in cell) {
    if (!numberPattern.test(cell.number)) throw new RangeError(`not a number: ${cell.number}`);
    return cell.number;
  }
  const text = inertText(cell.text);
  return /[",;\r\n\t\u2028\u2029]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
