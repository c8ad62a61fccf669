import { expect, test } from 'vitest';
import { csvRow } from './csv-text.ts';

test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', '"\'\t=1"'],
  ['\r=1', '"\'\r=1"'],
  ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
  ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ['＝1+1', "'＝1+1"],
  ["'quoted", "''quoted"],
  ['a=1', 'a=1'],
  ['77-421-03', '77-421-03'],
])('text %j is written so that no spreadsheet runs it', (text, field) => {
  expect(csvRow([{ text }])).toBe(`${field}\r\n`);
});

test('commas, quotes and line ends are kept within their cell', () => {
  expect(
    csvRow([{ text: 'a,b' }, { text: 'say "x"' }, { text: 'one\r\ntwo' }, null, { text: 'a\u2028b' }]),
  ).toBe('"a,b","say ""x""","one\r\ntwo",,"a\u2028b"\r\n');
});

test('a number is a number, also below zero, and nothing else passes for one', () => {
  expect(csvRow([{ number: '-160.12' }, { number: '7' }])).toBe('-160.12,7\r\n');
  for (const number of ['=1', '1e3', '', '--1', '1,5'])
    expect(() => csvRow([{ number }])).toThrow('not a number');
});
