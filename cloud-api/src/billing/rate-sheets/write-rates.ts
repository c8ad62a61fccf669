import { isoInstant } from '@weighgate/protocol';
import { type CellValue, writeXlsx } from 'hucre/xlsx';
import { wholeOrText } from '../bill-view.ts';
import type { Rate } from '../rate.ts';
import { holdsAt } from '../validity.ts';

/** Rates as rows of cells under a header. */
export type RateGrid = (string | number | null)[][];

/** The three columns of the former system: the rates that hold at an instant. */
export function plainGridOf(rates: readonly Rate[], atMs: number): RateGrid {
  const holding = rates.filter((rate) => holdsAt(rate, atMs));
  return [
    ['Product', 'Rate', 'Scope'],
    ...holding.map((rate) => [rate.produce, numberOf(rate.ratePerKgMinor), rate.providerId ?? 'ALL']),
  ];
}

/** Every rate with its currency and when it holds: read again as a sheet, it changes nothing. */
export function wholeGridOf(rates: readonly Rate[]): RateGrid {
  return [
    ['Product', 'Rate', 'Scope', 'Currency', 'From', 'To'],
    ...rates.map((rate) => [
      rate.produce,
      numberOf(rate.ratePerKgMinor),
      rate.providerId ?? 'ALL',
      rate.currency,
      rate.validFromMs === null ? 'always' : isoInstant(rate.validFromMs),
      rate.validToMs === null ? null : isoInstant(rate.validToMs),
    ]),
  ];
}

/** What the former system answered as JSON. */
export function plainRatesOf(rates: readonly Rate[], atMs: number) {
  return rates
    .filter((rate) => holdsAt(rate, atMs))
    .map((rate) => ({
      product_id: rate.produce,
      rate: wholeOrText(rate.ratePerKgMinor),
      scope: rate.providerId === null ? 'ALL' : String(rate.providerId),
    }));
}

/** A workbook with one sheet, `Rates`. Text stands in it as text: nothing of it is ever run. */
export async function workbookOf(grid: RateGrid, madeAtMs: number): Promise<Buffer> {
  const at = new Date(madeAtMs);
  const rows: CellValue[][] = grid;
  const bytes = await writeXlsx({
    properties: { creator: 'Weighgate', created: at, modified: at },
    sheets: [{ name: 'Rates', rows }],
  });
  return Buffer.from(bytes);
}

/** CSV by RFC 4180, with a byte order mark for Excel. What a spreadsheet would run begins with an apostrophe. */
export function csvOf(grid: RateGrid): string {
  return `\ufeff${grid.map((row) => `${row.map(csvCellOf).join(',')}\r\n`).join('')}`;
}

function csvCellOf(cell: string | number | null): string {
  const text = cell === null ? '' : String(cell);
  const inert = /^[=+\-@\t\r]/.test(text) && typeof cell === 'string' ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** A rate as a number of a spreadsheet where that is exact: Excel keeps 15 digits. As text where it is not. */
function numberOf(rateText: string): number | string {
  const number = Number(rateText);
  return rateText.replace('.', '').length <= 15 ? number : rateText;
}
