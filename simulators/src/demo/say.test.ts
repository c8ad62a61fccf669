import { expect, test } from 'vitest';
import { kgWords, moneyWords } from './say.ts';

test('kilograms are grouped for reading and keep their grams', () => {
  expect([kgWords(22_940), kgWords(0.5), kgWords(-1_234.567)]).toEqual([
    '22 940 kg',
    '0.5 kg',
    '-1 234.567 kg',
  ]);
});

test('money has the decimals of its currency', () => {
  expect([moneyWords(1_756_245, 'ILS'), moneyWords(1_756_245, 'JPY')]).toEqual([
    'ILS 17,562.45',
    'JPY 1,756,245',
  ]);
});
