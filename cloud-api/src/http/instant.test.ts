import { isoInstant } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { monthStartOf, readInstant } from './instant.ts';

const zone = 'Asia/Jerusalem';
const shown = (text: string) => {
  const reading = readInstant(text, zone);
  return reading.kind === 'instant' ? isoInstant(reading.wallMs) : reading.reason;
};

test('an instant is read from ISO 8601 with an offset', () => {
  expect(shown('2026-05-31T14:00:00+03:00')).toBe('2026-05-31T11:00:00.000Z');
  expect(shown('2026-05-31T11:00:00.250Z')).toBe('2026-05-31T11:00:00.250Z');
});

test('fourteen digits are read on the clocks of the site, in summer and in winter', () => {
  expect(shown('20260531140000')).toBe('2026-05-31T11:00:00.000Z');
  expect(shown('20260131140000')).toBe('2026-01-31T12:00:00.000Z');
});

test('an hour the clocks skip is refused, one that comes twice is its first', () => {
  expect(shown('20260327023000')).toContain('does not exist on the clocks of Asia/Jerusalem');
  expect(shown('20261025013000')).toBe('2026-10-24T22:30:00.000Z');
});

test.each([
  '',
  'now',
  '2026-05-31',
  '2026-05-31T14:00:00',
  '2026-02-30T00:00:00Z',
  '20260231000000',
  '20261301000000',
  '20260101240000',
  '20260101006000',
  '20260101000060',
  '2026-01-01T00:00:60Z',
  '2026010100000',
  '19691231235959',
  '1780000000000',
])('%s is no instant, and the refusal is in words', (text) => {
  expect(readInstant(text, 'UTC')).toMatchObject({
    kind: 'refused',
    reason: expect.stringMatching(/^(must|is not|does not)/),
  });
});

test('a month begins at midnight of the site', () => {
  expect(isoInstant(monthStartOf(Date.parse('2026-05-31T21:30:00Z'), zone))).toBe('2026-05-31T21:00:00.000Z');
  expect(isoInstant(monthStartOf(Date.parse('2026-05-31T20:30:00Z'), zone))).toBe('2026-04-30T21:00:00.000Z');
});
