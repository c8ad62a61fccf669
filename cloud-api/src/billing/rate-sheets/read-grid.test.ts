import { writeXlsx } from 'hucre/xlsx';
import { expect, test } from 'vitest';
import { checkZip } from './check-zip.ts';
import { MAX_SHEET_ROWS, readGrid } from './read-grid.ts';
import { sheetRow, type TestZipEntry, workbookParts, zipOf } from './test-zip.ts';

const header = sheetRow(1, ['Product', 'Rate', 'Scope']);
const reasonOf = async (bytes: Buffer, name = 'rates.xlsx') => {
  const reading = await readGrid(name, bytes);
  return reading.kind === 'refused' ? reading.reason : 'was read';
};
const withPart = (part: TestZipEntry) => zipOf([...workbookParts(header), part]);

test('a workbook is read by its cells: text, numbers, what formulas came to, dates, and empty rows in their places', async () => {
  const formula =
    '<row r="3"><c r="A3" t="str"><f>A1</f><v>lemon</v></c><c r="B3"><f>1+1</f><v>2</v></c></row>';
  const bytes = zipOf(workbookParts(header + formula + sheetRow(5, ['orange', 93.5, 'ALL'])));
  expect(await readGrid('rates.xlsx', bytes)).toEqual({
    kind: 'grid',
    rows: [['Product', 'Rate', 'Scope'], [], ['lemon', 2, null], [], ['orange', 93.5, 'ALL']].map((row) =>
      row.length === 0 ? [null, null, null] : row,
    ),
  });
  const dated = await writeXlsx({
    sheets: [{ name: 'Rates', rows: [['From'], [new Date(Date.UTC(2026, 5, 1))]] }],
  });
  expect(await readGrid('RATES.XLSX', Buffer.from(dated))).toEqual({
    kind: 'grid',
    rows: [['From'], [new Date('2026-06-01T00:00:00Z')]],
  });
});

test('a workbook that would unpack to a gigabyte is refused before it is unpacked', async () => {
  const gigabyte = zipOf([
    { name: 'xl/bomb.xml', content: Buffer.alloc(1024 * 1024), declaredBytes: 2 ** 30 },
  ]);
  const before = process.memoryUsage().rss;
  expect(await reasonOf(gigabyte)).toContain('would be 1073741824 bytes');
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
});

test('an entry that says it is small and is not is unpacked no further than it says', async () => {
  const content = Buffer.alloc(64 * 1024 * 1024);
  expect(await reasonOf(withPart({ name: 'xl/liar.xml', content, declaredBytes: 100 }))).toContain(
    'larger than declared',
  );
  expect(await reasonOf(withPart({ name: 'xl/liar.xml', content, declaredBytes: 0 }))).toContain(
    'larger than declared',
  );
  expect(await reasonOf(withPart({ name: 'xl/liar.xml', content: 'ab', declaredBytes: 3 }))).toContain(
    'not as large as declared',
  );
});

test.each<[what: string, bytes: Buffer, reason: string]>([
  [
    'too large when packed out',
    withPart({ name: 'a', content: Buffer.alloc(8 * 1024 * 1024) }),
    'times as large',
  ],
  [
    'of too many entries',
    zipOf(Array.from({ length: 201 }, (_, i) => ({ name: `e${i}`, content: '' }))),
    'it has 201 entries',
  ],
  ['with one name twice', withPart({ name: 'xl/workbook.xml', content: 'x' }), '"xl/workbook.xml" twice'],
  ['that points outside', withPart({ name: '../../etc/passwd', content: 'x' }), 'points outside'],
  ['with an absolute path', withPart({ name: '/etc/passwd', content: 'x' }), 'points outside'],
  [
    'with entities',
    zipOf(workbookParts(header, '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>')),
    'document type',
  ],
  ['with more after its end', zipOf(workbookParts(header), { tail: 'more' }), 'more follows its end'],
  ['that counts wrongly', zipOf(workbookParts(header), { countSaid: 6 }), 'damaged'],
  ['that is no zip', Buffer.from('PK\x03\x04 but no zip at all, only a beginning', 'latin1'), 'no zip file'],
  ['that is empty', Buffer.alloc(0), 'no zip file'],
  [
    'that is a zip of something else',
    zipOf([{ name: 'a.txt', content: 'a' }]),
    'cannot be read as an Excel workbook',
  ],
])('a workbook %s is refused', async (_, bytes, reason) => {
  expect(await reasonOf(bytes)).toContain(reason);
});

test('a workbook that is damaged at any byte is read, or refused in words', async () => {
  const whole = zipOf(workbookParts(header + sheetRow(2, ['orange', 93.5, 'ALL'])));
  for (let at = 0; at < whole.length; at += 7) {
    const damaged = Buffer.from(whole);
    damaged.writeUInt8((damaged.readUInt8(at) + 1) % 256, at);
    expect(['grid', 'refused']).toContain((await readGrid('rates.xlsx', damaged)).kind);
    expect(['grid', 'refused']).toContain((await readGrid('rates.xlsx', whole.subarray(0, at))).kind);
  }
});

test('a cell at the far end of the sheet makes no giant of it', async () => {
  const far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>';
  const reading = await readGrid('rates.xlsx', zipOf(workbookParts(header + far)));
  expect(reading.kind === 'grid' ? reading.rows.length : 0).toBeLessThanOrEqual(MAX_SHEET_ROWS + 2);
});

test('a sheet of more rows than allowed is refused', async () => {
  const rows = Array.from({ length: MAX_SHEET_ROWS + 1 }, (_, i) => sheetRow(i + 2, ['orange', i, 'ALL']));
  expect(await reasonOf(zipOf(workbookParts(header + rows.join(''))))).toContain('more than 5000 rows');
  const lines = `Product,Rate,Scope\n${'orange,1,ALL\n'.repeat(MAX_SHEET_ROWS + 1)}`;
  expect(await reasonOf(Buffer.from(lines), 'rates.csv')).toContain('more than 5000 rows');
});

test.each([
  ['commas', 'Product,Rate,Scope\r\norange,93.5,ALL\r\n'],
  ['semicolons', 'Product;Rate;Scope\norange;93.5;ALL\n'],
  ['tabs', 'Product\tRate\tScope\norange\t93.5\tALL'],
  ['a byte order mark', '\ufeffProduct,Rate,Scope\norange,93.5,ALL\n'],
  ['quotes', '"Product","Rate","Scope"\n"orange","93.5","ALL"\n'],
])('a CSV file with %s is read', async (_, text) => {
  expect(await readGrid('rates.csv', Buffer.from(text))).toEqual({
    kind: 'grid',
    rows: [
      ['Product', 'Rate', 'Scope'],
      ['orange', '93.5', 'ALL'],
    ],
  });
});

test.each([
  ['rates.xls', Buffer.from('x'), 'File must be Excel format'],
  ['rates', Buffer.from('x'), 'File must be Excel format'],
  ['rates.csv', Buffer.from([0xff, 0xfe, 0x00]), 'not in UTF-8'],
  ['rates.csv', Buffer.from('Product,Rate\n"orange,1'), 'cannot be read as CSV'],
  ['rates.csv', Buffer.from(`Product\n${'x'.repeat(1_001)}`), 'more than 1000 characters'],
])('%s with the wrong content is refused', async (name, bytes, reason) => {
  expect(await reasonOf(bytes, name)).toContain(reason);
});

test('a zip within the limits passes, the same one byte over does not', () => {
  const zip = zipOf([{ name: 'a', content: 'abcdefgh' }]);
  const limits = { entries: 1, entryBytes: 8, totalBytes: 8, ratio: 1 };
  expect(checkZip(zip, limits)).toEqual({ kind: 'ok' });
  expect(checkZip(zip, { ...limits, entryBytes: 7 }).kind).toBe('refused');
  expect(checkZip(zip, { ...limits, totalBytes: 7 }).kind).toBe('refused');
  expect(checkZip(zip, { ...limits, entries: 0 }).kind).toBe('refused');
});
