import { type CellValue, writeXlsx } from 'hucre/xlsx';
import type { Cell } from '../../http/csv-text.ts';
import type { Db } from '../../store/database.ts';
import { readFrozenSessions, type StoredBill } from '../read-frozen-bill.ts';
import type { BilledDelivery } from './bill-document.ts';
import { deliveryCells, deliveryHeadings, lineCells, lineHeadings } from './bill-tables.ts';

/** Most deliveries of a workbook, which is made in memory; a larger bill has them in its CSV. */
const MAX_WORKBOOK_DELIVERIES = 50_000;
/** Digits that a number of a spreadsheet keeps; a longer one stands as text. */
const EXACT_DIGITS = 15;

/** The workbook of an issued bill, from its frozen copy. @throws FrozenBillDamagedError */
export async function billXlsx(db: Db, stored: StoredBill): Promise<Buffer> {
  const count = stored.bill.lines.reduce(
    (sum, line) => sum + (line.kind === 'produce' ? line.sessionCount : 0),
    0,
  );
  if (count > MAX_WORKBOOK_DELIVERIES) return workbookOf(stored, null);
  const pages = await Array.fromAsync(readFrozenSessions(db, stored.bill.id));
  return workbookOf(stored, pages.flat());
}

/**
 * Two sheets, the lines and the deliveries. Text is typed as text, so nothing of it is ever run; the only instant inside is
 * that of the issue, so the same bill is the same bytes.
 * @param deliveries null when they are too many
 */
export async function workbookOf(
  { bill }: Pick<StoredBill, 'bill'>,
  deliveries: readonly BilledDelivery[] | null,
): Promise<Buffer> {
  const issuedAt = new Date(bill.issuedAt);
  const rows = deliveries?.map((delivery) => deliveryCells(bill, delivery).map(cellValueOf)) ?? [
    ['too many for a workbook: see deliveries.csv'],
  ];
  const bytes = await writeXlsx({
    properties: { creator: 'Weighgate', created: issuedAt, modified: issuedAt },
    sheets: [
      {
        name: 'Lines',
        rows: [[...lineHeadings], ...bill.lines.map((line) => lineCells(bill, line).map(cellValueOf))],
      },
      { name: 'Deliveries', rows: [[...deliveryHeadings], ...rows] },
    ],
  });
  return Buffer.from(bytes);
}

function cellValueOf(cell: Cell): CellValue {
  if (cell === null) return null;
  // XML has no way to write them.
  if ('text' in cell) return cell.text.replaceAll(/(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd');
  return cell.number.replace(/[-.]/g, '').length <= EXACT_DIGITS ? Number(cell.number) : cell.number;
}
