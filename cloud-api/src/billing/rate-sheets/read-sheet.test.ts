import { expect, test } from 'vitest';
import type { Cell } from './read-grid.ts';
import { readSheet, type SheetSurroundings } from './read-sheet.ts';
import { perKgOf, perTonneOf } from './sheet-cells.ts';

const zone = 'Asia/Jerusalem';
const around: SheetSurroundings = {
  produce: ['orange', 'lemon'],
  providers: new Set([10_001, 43]),
  timeZone: zone,
  currency: 'ILS',
  takesEffectMs: Date.parse('2026-06-01T00:00:00Z'),
};
const rowsOf = (header: Cell[], ...rows: Cell[][]) => {
  const reading = readSheet([header, ...rows], around);
  if (reading.kind !== 'rows') throw new Error(JSON.stringify(reading));
  return reading.rows;
};
const usual: Cell[] = ['Product', 'Rate', 'Scope'];

test('the three columns are found in any order and spelling, and others are left alone and named', () => {
  const grid: Cell[][] = [
    ['scope', 'Note', ' RATE ', 'Product'],
    ['all', 'x', 93.5, ' Orange '],
    [43, null, '7', 'lemon'],
    ['43.0', null, 7.0, 'kiwi'],
  ];
  expect(readSheet(grid, around)).toMatchObject({
    kind: 'rows',
    ignoredColumns: ['Note'],
    rows: [
      { produce: 'orange', providerId: null, ratePerKgMinor: '93.5', currency: 'ILS', validFromMs: null },
      { produce: 'lemon', providerId: 43, ratePerKgMinor: '7' },
      { produce: 'kiwi', providerId: 43, ratePerKgMinor: '7' },
    ],
  });
});

test('every bad cell of a sheet is named with its address and its reason, and nothing is taken', () => {
  const grid: Cell[][] = [
    [...usual, 'Unit', 'From', 'To', 'Currency'],
    ['orange', 93.5, 'ALL', null, null, null, null],
    [null, null, null, null, null, null, null],
    [null, 'abc', '99', 'lb', '2026-02-30', null, 'shekel'],
    ['=cmd()', '-1', 'everybody', null, 46_000, null, null],
    ['lemon', '1,5', 10_001, null, '2026-06-02', '2026-06-02', null],
    ['lemon', 0.00001, null, 'tonne', null, '2020-01-01', null],
  ];
  const reading = readSheet(grid, around);
  const cells = reading.kind === 'bad_cells' ? reading.cells : [];
  expect(cells.map(({ cell, reason }) => `${cell} ${reason}`)).toEqual([
    'D4 "lb" is neither kg nor tonne',
    'A4 is empty: name the produce',
    'C4 there is no provider 99',
    'B4 "abc" is no number',
    'G4 "shekel" is no currency code such as ILS',
    'E4 "2026-02-30" is no date of the calendar',
    'A5 "=cmd()" is no name of produce: 1 to 50 letters, digits, spaces, dots, - or _',
    'C5 "everybody" is neither ALL nor the id of a provider',
    'B5 -1 is below zero',
    'E5 is a number: format the cell as a date, or write 2026-06-01',
    'B6 "1,5" has a comma: write 1.5',
    'C7 "" is neither ALL nor the id of a provider',
    'B7 0.00001 a tonne is 0.00000001 a kg, which has more than 4 decimals or is too large',
  ]);
});

test('a date is the first instant of that day on the clocks of the zone, also on the days they change', () => {
  const rows = rowsOf(
    [...usual, 'From', 'To'],
    ['orange', 1, 'ALL', '2026-03-27', '2026-03-28'],
    ['orange', 2, 'ALL', new Date(Date.UTC(2026, 9, 25)), '2026-10-26'],
    ['lemon', 3, 'ALL', '2026-06-01T00:00:00+03:00', '20260701000000'],
    ['lemon', 3, 'ALL', new Date(Date.UTC(2026, 7, 1, 13, 30)), null],
  );
  expect(
    rows.map(({ validFromMs, validToMs }) =>
      [validFromMs, validToMs].map((ms) => ms && new Date(ms).toISOString()),
    ),
  ).toEqual([
    ['2026-03-26T22:00:00.000Z', '2026-03-27T21:00:00.000Z'],
    ['2026-10-24T21:00:00.000Z', '2026-10-25T22:00:00.000Z'],
    ['2026-05-31T21:00:00.000Z', '2026-06-30T21:00:00.000Z'],
    ['2026-08-01T10:30:00.000Z', null],
  ]);
});

test('two rows of one product and scope may follow each other, and not overlap', () => {
  const header: Cell[] = [...usual, 'From', 'To'];
  expect(
    rowsOf(
      header,
      ['orange', 1, 'ALL', '2026-06-01', '2026-07-01'],
      ['orange', 2, 'ALL', '2026-07-01', null],
    ),
  ).toHaveLength(2);
  const twice = readSheet([usual, ['orange', 1, 'ALL'], ['ORANGE', 2, 'all']], around);
  expect(twice).toEqual({
    kind: 'bad_cells',
    cells: [
      { cell: 'C3', reason: 'row 2 already says a rate of this product and scope for part of the same time' },
    ],
  });
});

test.each<[rate: Cell, unit: Cell, perKg: string]>([
  [93.5, null, '93.5'],
  ['93.5000', 'kg', '93.5'],
  [0.1 + 0.2, null, '0.3'],
  [0, null, '0'],
  ['007', null, '7'],
  [93_500, 'tonne', '93.5'],
  ['0.1', 'T', '0.0001'],
  [1, 'tonne', '0.001'],
  [99_999_999_999_999, null, '99999999999999'],
])('a rate of %s in %s is %s a kg', (rate, unit, perKg) => {
  expect(rowsOf([...usual, 'Unit'], ['orange', rate, 'ALL', unit])[0]?.ratePerKgMinor).toBe(perKg);
});

test.each(['0', '1', '93.5', '0.0001', '0.001', '12345.6789'])(
  '%s a kg is the same there and back by the tonne',
  (perKg) => {
    expect(perKgOf(perTonneOf(perKg))).toBe(perKg);
  },
);

test.each([
  [[['Product', 'Rate']], 'missing: Scope'],
  [
    [
      [...usual, 'Rate'],
      ['orange', 1, 'ALL', 1],
    ],
    'Rate twice',
  ],
  [[usual], 'no rates below the header'],
  [[], "must contain columns: ['Product', 'Rate', 'Scope']"],
])('a sheet without what it needs is refused as a whole', (grid, reason) => {
  const reading = readSheet(grid, around);
  expect(reading.kind === 'refused' ? reading.reason : reading).toContain(reason);
});
