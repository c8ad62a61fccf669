import { readXlsx } from 'hucre/xlsx';
import { expect, test } from 'vitest';
import { workbookOf } from './bill-xlsx.ts';
import { stored, testBill, testDeliveries, testSession } from './test-bill.ts';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('a workbook is the same bytes whenever it is made', async () => {
  const make = () => workbookOf(stored(testBill()), testDeliveries());
  const first = await make();
  // Longer than the two seconds that a ZIP archive counts time in.
  await wait(2_100);
  expect((await make()).equals(first)).toBe(true);
});

test('figures are numbers, and what somebody typed is text that nothing runs', async () => {
  const session = testSession(1, { truck: '=1+1', site: '+x\u0001y' });
  const { sheets } = await readXlsx(await workbookOf(stored(testBill()), [{ session, lineNo: 1 }]));
  const [lines, deliveries] = sheets;
  expect(lines?.rows[1]).toEqual(expect.arrayContaining(['SB-2026-000017', 411_000, 384_285]));
  expect(deliveries?.rows[1]).toEqual(expect.arrayContaining(['=1+1', '+x\ufffdy', 15_000, 6_850]));
  expect(JSON.stringify(sheets)).not.toContain('"formula"');
});

test('an amount that a spreadsheet would round stands as text', async () => {
  const [line, ...rest] = testBill().lines;
  if (line === undefined) throw new Error('there is a line');
  const bill = testBill({ lines: [{ ...line, amountMinor: '12345678901234567890' }, ...rest] });
  const { sheets } = await readXlsx(await workbookOf(stored(bill), null));
  expect(sheets[0]?.rows[1]).toContain('123456789012345678.90');
  expect(sheets[1]?.rows[1]?.[0]).toContain('deliveries.csv');
});
