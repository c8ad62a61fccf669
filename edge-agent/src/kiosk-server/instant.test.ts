import { isoInstant } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { dayStartOf, monthStartOf, readMoment } from './instant.ts';

const zone = 'Asia/Jerusalem';
const shown = (text: string) => {
  const reading = readMoment(text, zone);
  return reading.kind === 'moment'
    ? [isoInstant(reading.firstMs), isoInstant(reading.lastMs)]
    : reading.reason;
};

test('fourteen digits are a second on the clocks of the site, in summer and in winter', () => {
  expect(shown('20260531140000')).toEqual(['2026-05-31T11:00:00.000Z', '2026-05-31T11:00:00.999Z']);
  expect(shown('20260131140000')).toEqual(['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.999Z']);
});

test('ISO 8601 with an offset is a second, with a fraction a millisecond', () => {
  expect(shown('2026-05-31T14:00:00+03:00')).toEqual([
    '2026-05-31T11:00:00.000Z',
    '2026-05-31T11:00:00.999Z',
  ]);
  expect(shown('2026-05-31T11:00:00.250Z')).toEqual(['2026-05-31T11:00:00.250Z', '2026-05-31T11:00:00.250Z']);
});

test('an hour the clocks skip is refused, one that comes twice is its first', () => {
  expect(shown('20260327023000')).toContain('does not exist on the clocks of Asia/Jerusalem');
  expect(shown('20261025013000')).toContain('2026-10-24T22:30:00.000Z');
});

test.each([
  '',
  'now',
  '2026-05-31',
  '2026-05-31T14:00:00',
  '20260231000000',
  '20261301000000',
  '20260101240000',
  '20260101000060',
  '2026010100000',
  '19691231235959',
])('%j is no moment, and the refusal is in words', (text) => {
  expect(readMoment(text, 'UTC')).toMatchObject({
    kind: 'refused',
    reason: expect.stringMatching(/^(must|is not|does not)/),
  });
});

test('a day and a month begin at midnight of the site', () => {
  const start = (startOf: typeof dayStartOf, instant: string) =>
    isoInstant(startOf(Date.parse(instant), zone));
  expect(start(dayStartOf, '2026-05-31T20:30:00Z')).toBe('2026-05-30T21:00:00.000Z');
  expect(start(monthStartOf, '2026-05-31T21:30:00Z')).toBe('2026-05-31T21:00:00.000Z');
  expect(start(monthStartOf, '2026-05-31T20:30:00Z')).toBe('2026-04-30T21:00:00.000Z');
});
