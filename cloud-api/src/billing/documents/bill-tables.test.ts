import { expect, test } from 'vitest';
import { csvRow } from '../../http/csv-text.ts';
import { deliveryCells, deliveryHeadings, lineCells, lineHeadings } from './bill-tables.ts';
import { testBill, testSession } from './test-bill.ts';

const bill = testBill();

test('every row has a cell for each heading', () => {
  for (const line of bill.lines) expect(lineCells(bill, line)).toHaveLength(lineHeadings.length);
  const delivery = { session: testSession(1), lineNo: 1 };
  expect(deliveryCells(bill, delivery)).toHaveLength(deliveryHeadings.length);
});

test('what a provider or an operator typed stands as text, and figures as numbers', () => {
  const session = testSession(1, { truck: '=1+1', site: '@site', ticketOut: '+7' });
  const row = csvRow(deliveryCells(bill, { session, lineNo: 2 }));
  expect(row).toContain(",'=1+1,'@site,");
  expect(row).toContain(",'+7,");
  expect(row).toContain(',15000.000,8000.000,');
  expect(row).toContain(',6850.000,');

  const [produce] = bill.lines;
  const line = { ...produce, produce: '=HYPERLINK("http://x")' } as typeof produce;
  expect(line && csvRow(lineCells(bill, line))).toContain(`"'=HYPERLINK(""http://x"")"`);
});

test('a delivery says that it is late, and its amount stands on its line alone', () => {
  const cells = deliveryCells(bill, { session: testSession(1), lineNo: 2 });
  expect(cells[deliveryHeadings.indexOf('late')]).toEqual({ text: 'yes' });
  expect(bill.lines.map((line) => lineCells(bill, line)[lineHeadings.indexOf('amount')])).toEqual([
    { number: '384285.00' },
    { number: '8220.01' },
    { number: '-160.12' },
    { number: '-192.14' },
  ]);
});
