import type { Language } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { isBlack, readPortableBitmap } from './portable-bitmap.ts';
import { type Ticket, ticketOf } from './ticket.ts';
import { drawnTicket } from './ticket-drawing.ts';
import { sampleRecord, sampleSite } from './ticket-samples.ts';

/** The columns with ink of a ticket's only line, which stands between the rules. */
function inkOf(language: Language, label: string, value: string): boolean[] {
  const line = { label, value, strong: false };
  const ticket: Ticket = {
    language,
    ticketNo: 'X',
    printName: 'X',
    title: '',
    marks: [],
    groups: [[line]],
    payload: 'X',
  };
  const bitmap = readPortableBitmap(drawnTicket(ticket, 'pbm'));
  const isRule = (y: number) => isBlack(bitmap, 16, y) && isBlack(bitmap, 559, y);
  const rows = [...Array(bitmap.heightDots).keys()];
  const between = rows.slice(rows.findIndex(isRule), rows.findLastIndex(isRule)).filter((y) => !isRule(y));
  return Array.from({ length: bitmap.widthDots }, (_, x) => between.some((y) => isBlack(bitmap, x, y)));
}

const runsOf = (ink: boolean[]) => ink.filter((black, x) => black && ink[x - 1] !== true).length;
const trimmed = (ink: boolean[]) => ink.slice(ink.indexOf(true), ink.lastIndexOf(true) + 1);

/** Where each run of ink begins, from the first; letters may stand a part of a dot apart. */
const beginningsOf = (ink: boolean[]) =>
  trimmed(ink).flatMap((black, x, all) => (black && all[x - 1] !== true ? [x] : []));
const farthestApart = (one: number[], other: number[]) =>
  Math.max(...one.map((x, index) => Math.abs(x - (other[index] ?? Number.POSITIVE_INFINITY))));

test.each([
  ['en', 'Net', 0],
  ['he', 'נטו', 1],
  ['ar', 'الصافي', 1],
] as const)('in %s the label %s stands on the side where a line begins', (language, label, rightHalf) => {
  const ink = inkOf(language, label, '');
  const halves = [ink.slice(0, 288), ink.slice(288)].map((half) => half.includes(true));
  expect(halves).toEqual(rightHalf === 1 ? [false, true] : [true, false]);
});

test('the letters of an Arabic word join', () => {
  const ZWNJ = '\u200c';
  expect(runsOf(inkOf('ar', ['س', 'س', 'س'].join(ZWNJ), ''))).toBe(3);
  expect(runsOf(inkOf('ar', 'سسس', ''))).toBe(1);
});

test('the letters of a Hebrew word run the same way in every language, and not as typed backwards', () => {
  expect(trimmed(inkOf('he', 'מל', ''))).not.toEqual(trimmed(inkOf('he', 'למ', '')));
  const [hebrew, english] = (['he', 'en'] as const).map((one) => beginningsOf(inkOf(one, 'מל', '')));
  expect(farthestApart(hebrew ?? [], english ?? [])).toBeLessThanOrEqual(1);
});

test('a negative weight with its unit looks the same in every direction', () => {
  const english = beginningsOf(inkOf('en', '', '-7001 kg'));
  for (const language of ['he', 'ar'] as const) {
    const isolated = beginningsOf(inkOf(language, '', '\u2066-7001 kg\u2069'));
    expect(farthestApart(english, isolated)).toBeLessThanOrEqual(1);
  }
  expect(farthestApart(english, beginningsOf(inkOf('he', '', '-7001 kg')))).toBeGreaterThan(5);
});

test.each([
  ['pdf-80mm', /\/MediaBox \[0 0 227 \d+\]/],
  ['pdf-a5', /\/MediaBox \[0 0 420 595\]/],
] as const)(
  '%s is one page of its size with its fonts inside, and the same bytes each time',
  (drawing, mediaBox) => {
    const ticket = ticketOf(sampleRecord('session.closed-net-known'), sampleSite, 'he');
    const pdf = drawnTicket(ticket, drawing);
    const text = pdf.toString('latin1');
    expect(text).toMatch(/^%PDF-1\.\d/);
    expect(text).toMatch(mediaBox);
    expect(text.match(/\/Type \/Page\b/g)).toHaveLength(1);
    expect(text).toMatch(/NotoSansHebrew[\w-]*/);
    expect(text).toContain('/FontFile2');
    expect(drawnTicket(ticket, drawing).equals(pdf)).toBe(true);
  },
);
