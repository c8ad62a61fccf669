import { expect, test } from 'vitest';
import { MAX_LIST_ROWS, readTareList } from './tare-list.ts';

const read = (text: string, name = 'containers.csv') => readTareList(name, new TextEncoder().encode(text));
const tares = (text: string, name?: string) => {
  const reading = read(text, name);
  return reading.kind === 'tares' ? Object.fromEntries(reading.tares) : reading;
};

test('the header names the unit, whatever the weights look like', () => {
  expect(tares('"id","kg"\n"C-2","501"\n')).toEqual({ 'C-2': 501_000 });
  expect(tares('"id","lbs"\n"K-1","110"\n')).toEqual({ 'K-1': 49_895 });
});

test('a list with three columns names the unit in each row, under a header or without one', () => {
  expect(tares('id,weight,unit\nC-1,296,kg\nK-1,666,LBS\n')).toEqual({ 'C-1': 296_000, 'K-1': 302_093 });
  expect(tares('C-1,296,kg\n')).toEqual({ 'C-1': 296_000 });
});

test('a row whose id holds the word id or container is a row like any other', () => {
  expect(tares('container-9,50,kg\nmid1,50,kg\n')).toEqual({ 'container-9': 50_000, mid1: 50_000 });
});

test('byte order mark, quotes, CRLF, blanks and empty lines change nothing', () => {
  expect(tares('\ufeff"id","kg"\r\n\r\n "C-1" , 296.5 \r\n"C-2","273"')).toEqual({
    'C-1': 296_500,
    'C-2': 273_000,
  });
});

test('a JSON list gives id, weight and unit; without a unit it is kilograms', () => {
  const list = [
    { id: 'T-14409', weight: 528, unit: 'lbs' },
    { id: 'C-1', weight: '296' },
  ];
  expect(tares(JSON.stringify(list), 'trucks.json')).toEqual({ 'T-14409': 239_497, 'C-1': 296_000 });
});

test('every bad row is reported by its line, and then no row counts', () => {
  const rows = [
    '"id","kg"',
    'C-1,296',
    'C 2,5',
    'C-3',
    'C-4,0',
    'C-5,-1',
    '',
    'C-6,1e3',
    'C-7,100001',
    'C-1,297',
  ];
  const reading = read(rows.join('\n'));
  expect(reading).toMatchObject({
    kind: 'bad_rows',
    faults: [
      { line: 3, path: 'id' },
      { line: 4, message: 'must have 2 columns, not 1' },
      { line: 5, path: 'weight' },
      { line: 6, path: 'weight' },
      { line: 8, path: 'weight' },
      { line: 9, path: 'weight' },
      { line: 10, message: 'C-1 has another weight on line 2' },
    ],
  });
});

test('every bad item of a JSON list is reported by its place', () => {
  const list = [{ id: 'C-1', weight: 1, unit: 'st' }, 7, { id: 'C-2', weight: null }, { id: 3, weight: 1 }];
  expect(read(JSON.stringify(list), 'list.json')).toMatchObject({
    kind: 'bad_rows',
    faults: [
      { line: 1, path: 'unit', message: 'must be kg or lbs' },
      { line: 2, path: '' },
      { line: 3, path: 'weight' },
      { line: 4, path: 'id' },
    ],
  });
});

test.each([
  ['', 'list.csv', 'is empty'],
  ['id,weight\nC-1,50\n', 'list.csv', 'header that names the unit'],
  ['C-1,50\n', 'list.csv', 'header that names the unit'],
  ['id,kg\nC-1,"50', 'list.csv', 'is not CSV'],
  ['{"id":"C-1"}', 'list.json', 'must be a list'],
  ['[', 'list.json', 'is not JSON'],
])('%j is no list of tares', (text, name, reason) => {
  expect(read(text, name)).toMatchObject({ kind: 'malformed', reason: expect.stringContaining(reason) });
});

test('text that is not UTF-8 is refused rather than read wrong', () => {
  expect(readTareList('list.csv', Uint8Array.of(0x69, 0x64, 0xff))).toMatchObject({ kind: 'malformed' });
});

test('a header alone is a list of no tares', () => {
  expect(read('id,kg\n')).toMatchObject({ kind: 'tares', rowCount: 0 });
});

test('more rows than a list may have are refused before they are read', () => {
  const rows = (count: number) => Array.from({ length: count }, (_, index) => `C-${index},5`).join('\n');
  expect(read(`id,kg\n${rows(MAX_LIST_ROWS)}\n`)).toMatchObject({ kind: 'tares', rowCount: MAX_LIST_ROWS });
  expect(read(`id,kg\n${rows(MAX_LIST_ROWS + 2)}\n`)).toEqual({ kind: 'too_long' });
});
