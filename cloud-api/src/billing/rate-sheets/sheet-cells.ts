import { produceIdSchema } from '@weighgate/protocol';
import { Temporal } from 'temporal-polyfill';
import { readInstant } from '../../http/instant.ts';
import { rateTextOf, rateTextSchema } from '../money.ts';
import type { Cell } from './read-grid.ts';

/** A cell that was read, or what is wrong with it, in words for whoever made the sheet. */
export type CellReading<T> = { kind: 'read'; value: T } | { kind: 'bad'; reason: string };

const read = <T>(value: T): CellReading<T> => ({ kind: 'read', value });
const bad = (reason: string): { kind: 'bad'; reason: string } => ({ kind: 'bad', reason });
/** Decimals that Excel keeps and shows of a number; beyond them is noise of its arithmetic. */
const EXCEL_DIGITS = 15;

/** The text of a cell as it is shown, without blanks around it. */
export function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return numberText(cell);
  if (cell instanceof Date) return cell.toISOString();
  const text = String(cell).trim();
  // The sign that keeps a spreadsheet from running the text of an exported cell.
  return /^'[=+\-@]/.test(text) ? text.slice(1) : text;
}

function numberText(value: number): string {
  const shown = Number(value.toPrecision(EXCEL_DIGITS));
  const text = String(shown);
  if (!text.includes('e')) return text;
  return Math.abs(shown) < 1 ? shown.toFixed(20).replace(/0+$/, '') : BigInt(Math.round(shown)).toString();
}

/** A kind of produce: one that is registered, however its letters are written, or a new one. */
export function readProduce(cell: Cell, known: ReadonlyMap<string, string>): CellReading<string> {
  const text = cellText(cell);
  if (text === '') return bad('is empty: name the produce');
  const registered = known.get(produceKeyOf(text));
  if (registered !== undefined) return read(registered);
  return produceIdSchema.safeParse(text).success
    ? read(text)
    : bad(`"${shortOf(text)}" is no name of produce: 1 to 50 letters, digits, spaces, dots, - or _`);
}

/** By which two spellings of one produce are the same. */
export function produceKeyOf(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** The scope of a rate: null for `ALL`, or the id of a provider. */
export function readScope(cell: Cell, providers: ReadonlySet<number>): CellReading<number | null> {
  const text = cellText(cell);
  if (text.toUpperCase() === 'ALL') return read(null);
  if (!/^\d{1,15}(?:\.0+)?$/.test(text))
    return bad(`"${shortOf(text)}" is neither ALL nor the id of a provider`);
  const id = Number(text);
  return providers.has(id) ? read(id) : bad(`there is no provider ${id}`);
}

/** Whether a rate is said for a kilogram or for a tonne. */
export function readUnit(cell: Cell): CellReading<'kg' | 'tonne'> {
  const text = cellText(cell).toLowerCase();
  if (text === '' || text === 'kg') return read('kg');
  return text === 'tonne' || text === 't' ? read('tonne') : bad(`"${shortOf(text)}" is neither kg nor tonne`);
}

/** A rate in minor units per kilogram, as decimal text. */
export function readRate(cell: Cell, unit: 'kg' | 'tonne'): CellReading<string> {
  const text = cellText(cell);
  if (text === '') return bad('is empty: say the rate; 0 is a rate, too');
  if (/^\d+,\d+$/.test(text)) return bad(`"${shortOf(text)}" has a comma: write ${text.replace(',', '.')}`);
  if (/^-\d/.test(text)) return bad(`${shortOf(text)} is below zero`);
  if (!/^\d{1,17}(?:\.\d{1,20})?$/.test(text)) return bad(`"${shortOf(text)}" is no number`);
  const perKg = rateTextOf(unit === 'kg' ? text : perKgOf(text));
  if (rateTextSchema.safeParse(perKg).success) return read(perKg.replace(/^0+(?=\d)/, ''));
  return bad(
    unit === 'kg'
      ? `${shortOf(text)} has more than 4 decimals or more than 14 digits before them`
      : `${shortOf(text)} a tonne is ${shortOf(perKg)} a kg, which has more than 4 decimals or is too large`,
  );
}

/** A thousandth, by moving the point. */
export function perKgOf(perTonne: string): string {
  const [whole = '', fraction = ''] = perTonne.split('.');
  const digits = whole.padStart(4, '0');
  return rateTextOf(`${digits.slice(0, -3)}.${digits.slice(-3)}${fraction}`);
}

/** A thousandfold, by moving the point. */
export function perTonneOf(perKg: string): string {
  const [whole = '', fraction = ''] = perKg.split('.');
  const moved = fraction.padEnd(3, '0');
  const rest = moved.slice(3);
  const text = `${whole}${moved.slice(0, 3)}${rest === '' ? '' : `.${rest}`}`;
  return rateTextOf(text).replace(/^0+(?=\d)/, '');
}

/** A currency; that of the cloud where none is said. */
export function readCurrency(cell: Cell, usual: string): CellReading<string> {
  const text = cellText(cell);
  if (text === '') return read(usual);
  return /^[A-Z]{3}$/.test(text) ? read(text) : bad(`"${shortOf(text)}" is no currency code such as ILS`);
}

/** When a rate begins: `always`, or what {@link readDate} reads. */
export function readBegin(cell: Cell, timeZone: string): CellReading<number | 'always' | null> {
  return cellText(cell).toLowerCase() === 'always' ? read('always') : readDate(cell, timeZone);
}

/** A date, which means its first instant on the clocks of the zone, or an instant; null where nothing is said. */
export function readDate(cell: Cell, timeZone: string): CellReading<number | null> {
  if (cell === null || (typeof cell === 'string' && cell.trim() === '')) return read(null);
  if (typeof cell === 'number') return bad('is a number: format the cell as a date, or write 2026-06-01');
  const text =
    cell instanceof Date
      ? cell
          .toISOString()
          .slice(0, -1)
          .replace(/T00:00:00\.000$/, '')
      : cellText(cell);
  try {
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
      const day = Temporal.PlainDate.from(text, { overflow: 'reject' });
      return read(day.toZonedDateTime({ timeZone }).epochMilliseconds);
    }
    if (cell instanceof Date) {
      const local = Temporal.PlainDateTime.from(text);
      return read(local.toZonedDateTime(timeZone, { disambiguation: 'earlier' }).epochMilliseconds);
    }
  } catch (error) {
    if (error instanceof RangeError) return bad(`"${shortOf(text)}" is no date of the calendar`);
    throw error;
  }
  const reading = readInstant(text, timeZone);
  return reading.kind === 'instant'
    ? read(reading.wallMs)
    : bad(`"${shortOf(text)}" ${reading.reason}, or a date such as 2026-06-01`);
}

function shortOf(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
