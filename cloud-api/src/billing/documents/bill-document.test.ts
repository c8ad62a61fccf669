import { languageSchema, withoutIsolates } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { billDocumentOf } from './bill-document.ts';
import { stored, testBill, testDeliveries, testSession } from './test-bill.ts';

const plain = (value: unknown) => JSON.parse(withoutIsolates(JSON.stringify(value))) as unknown;

test.each(languageSchema.options)('in %s every figure of the bill stands on the document', (language) => {
  const bill = testBill();
  const { pageText, ...document } = billDocumentOf(stored(bill), testDeliveries(), language);
  const text = withoutIsolates(JSON.stringify(document));
  expect(pageText.split('#')).toHaveLength(3);
  for (const said of [
    'SB-2026-000017',
    '202607010012345678',
    'SB-10001/2025',
    '01.06.2026 – 30.06.2026',
    '514123456',
    '511234567',
    '384,285.00',
    '8,220.01',
    '-160.12',
    '-192.14',
    '70,622.08 ILS',
    '462,774.83 ILS',
    '417,850',
    '1.200001',
    '14.2%',
    'GATE1-7F3A-00007',
    '02.06.2026 08:40',
    'C1 150',
    'PT 8,000',
    'Asia/Jerusalem',
  ]) {
    expect(text.includes(said), said).toBe(true);
  }
  expect(text.match(/.{0,20}#.{0,20}/)).toBeNull();
});

test('a delivery says gross, tare and net with their letters, who gave a weight by hand, and a tare that was not weighed', () => {
  const { deliveries } = billDocumentOf(stored(testBill()), testDeliveries(), 'en');
  expect(deliveries?.columns.map(({ heading }) => heading)).toEqual(
    expect.arrayContaining(['Gross in (G), kg', 'Containers and tares (T), kg', 'Net (N), kg']),
  );
  expect(plain(deliveries?.rows[4])).toContain('GATE1-7F3A-00010 GATE1-7F3A-00011 MANUAL');
  expect(plain(deliveries?.rows[7])).toContain('PT 8,000');
});

test('a container declared at both weighings stands once', () => {
  const containers = [{ id: 'C1', tareG: 150_000, tareSince: null }];
  const { first, second } = testSession(1);
  const both = testSession(1, {
    first: { ...first, containers },
    second: second === null ? null : { ...second, containers },
  });
  const { deliveries } = billDocumentOf(stored(testBill()), [{ session: both, lineNo: 1 }], 'en');
  expect(deliveries?.rows[0]).toContain('C1 150');
});

test('a credit note names what it corrects, which line, and why', () => {
  const { lines } = testBill();
  const note = testBill({
    kind: 'credit_note',
    corrects: {
      billId: testBill().id,
      numberText: 'SB-2026-000003',
      issuedAt: '2026-06-01T06:00:00.000Z',
      hash: '0'.repeat(64),
      reason: 'truck weighed twice',
    },
    lines: lines.slice(0, 1).map((line) => ({ ...line, amountMinor: '-38428500', corrects: 2 })),
  });
  const said = plain(billDocumentOf(stored(note), [], 'en'));
  expect(said).toMatchObject({
    title: 'Credit note',
    facts: expect.arrayContaining([
      { label: 'Corrects', value: 'SB-2026-000003, 01.06.2026' },
      { label: 'Reason', value: 'truck weighed twice' },
    ]),
    deliveries: null,
  });
  expect(JSON.stringify(said)).toContain('on line 2');
});

test('an allocation number that was refused is said with its reason, whatever signs the reason has', () => {
  const bill = testBill({ allocation: { state: 'refused', reason: 'over $& the # limit' } });
  expect(JSON.stringify(plain(billDocumentOf(stored(bill), [], 'en').facts))).toContain(
    'over $& the # limit',
  );
});

test('more deliveries than a document holds are said to be elsewhere', () => {
  const document = billDocumentOf(stored(testBill()), null, 'en');
  expect(document.deliveries).toBeNull();
  expect(document.notes.join()).toContain('spreadsheet');
});
