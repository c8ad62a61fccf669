import { describe, expect, test } from 'vitest';
import { csvRow } from './csv-text.ts';
import { plainText } from './inert-text.ts';
import { readCsv } from './read-csv.ts';

const read = (text: string, maxRows = 100) => readCsv(Buffer.from(text), maxRows);
const hostile = [
  '=1+1',
  '+972',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  "'=1",
  "''=1",
  "'quoted",
  "'",
  '＝1',
  'a,b;c\td',
  'say "x"',
  'one\r\ntwo',
  'a\u2028b',
  'זית 🫒',
  '\ufeffmark',
  ' blank ',
  '',
];

test.each(hostile)('the text %j comes back as it was written', (text) => {
  const line = csvRow([{ text: 'before' }, { text }, { text: 'after' }]);
  const reading = read(`\ufeffone,two,three\r\n${line}`);
  const rows = reading.kind === 'rows' ? reading.rows : [];
  expect(rows[1]?.cells.map(plainText)).toEqual(['before', text, 'after']);
});

describe('a row says the line it begins in', () => {
  test.each(['\r\n', '\n', '\r'])('where lines end in %j, also after a cell of many lines', (end) => {
    const reading = read(['a,b', '1,"x', 'y', 'z"', '', '2,3', ''].join(end));
    expect(reading).toEqual({
      kind: 'rows',
      rows: [
        { line: 1, cells: ['a', 'b'] },
        { line: 2, cells: ['1', `x${end}y${end}z`] },
        { line: 5, cells: [''] },
        { line: 6, cells: ['2', '3'] },
      ],
    });
  });
});

test.each([',', ';', '\t'])('columns may be told apart by %j, whatever else the cells hold', (sign) => {
  const reading = read(`id${sign}name\n1${sign}"a,b;c\td"\n`);
  expect(reading).toMatchObject({ rows: [{ cells: ['id', 'name'] }, { cells: ['1', 'a,b;c\td'] }] });
});

test('no more rows are read than are asked for', () => {
  expect(read('a\nb\nc\nd\n', 2)).toMatchObject({ rows: [{ cells: ['a'] }, { cells: ['b'] }] });
});

test.each([
  ['the code page of a machine', Buffer.from([0x61, 0xe9, 0x0a]), 'not in UTF-8'],
  ['a quote that is not closed', Buffer.from('a\n"b\n'), 'cannot be read as CSV'],
  ['a cell without an end', Buffer.from(`a\n"${'x'.repeat(100_001)}"\n`), 'line 2 has a cell'],
])('%s is refused with a reason', (_, bytes, reason) => {
  expect(readCsv(bytes, 10)).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) });
});
