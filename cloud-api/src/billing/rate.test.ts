import { expect, test } from 'vitest';
import { readInstant } from '../http/instant.ts';
import { type Rate, rateFor } from './rate.ts';

/** An instant as people say it on the clocks of a zone. */
function at(text: string, timeZone = 'Asia/Jerusalem'): number {
  const reading = readInstant(text, timeZone);
  if (reading.kind === 'refused') throw new Error(`${text} ${reading.reason}`);
  return reading.wallMs;
}

const rate = (id: string, said: Partial<Rate> = {}): Rate => ({
  id,
  produce: 'orange',
  providerId: null,
  ratePerKgMinor: '93.5',
  currency: 'ILS',
  validFromMs: null,
  validToMs: null,
  ...said,
});
const found = (weighedOutAtMs: number, rates: readonly Rate[], produce = 'orange') =>
  rateFor({ produce, providerId: 10001, weighedOutAtMs }, rates)?.id ?? 'none';

const forAll = rate('for all');
const own = rate('own', { providerId: 10001 });
const others = rate('of another', { providerId: 10002 });
const ownOfLemons = rate('own of lemons', { providerId: 10001, produce: 'lemon' });

test.each([
  ['the own rate comes before the one for all', [forAll, own], 'own'],
  ['in whatever order they were set', [own, forAll], 'own'],
  ['the rate for all holds where there is no own one', [forAll, others, ownOfLemons], 'for all'],
  ['the rate of another provider never holds', [others], 'none'],
  ['the own rate of another produce does not hold', [ownOfLemons], 'none'],
  ['an own rate of zero is a rate', [forAll, rate('own of zero', { ...own, ratePerKgMinor: '0' })], 'own'],
  ['no rates, no rate', [], 'none'],
] as const)('%s', (_, rates, expected) => {
  expect(found(at('20260601120000'), rates).startsWith(expected)).toBe(true);
});

/** An own rate from midnight to midnight of two days, and one for all that changes at another midnight inside of it. */
const during = [
  rate('all before', { validToMs: at('20260611000000') }),
  rate('all after', { validFromMs: at('20260611000000') }),
  rate('own', { providerId: 10001, validFromMs: at('20260610000000'), validToMs: at('20260612000000') }),
];

test.each([
  ['2026-06-09T20:59:59.999Z', 'all before'],
  ['2026-06-09T21:00:00.000Z', 'own'],
  ['2026-06-10T20:59:59.999Z', 'own'],
  ['2026-06-10T21:00:00.000Z', 'own'],
  ['2026-06-11T20:59:59.999Z', 'own'],
  ['2026-06-11T21:00:00.000Z', 'all after'],
  // The same instants as people at other places say them.
  ['2026-06-10T00:00:00.000+03:00', 'own'],
  ['2026-06-09T23:59:59.999+03:00', 'all before'],
  ['2026-06-09T17:00:00.000-04:00', 'own'],
  ['2026-06-12T05:29:59.999+08:30', 'own'],
  ['2026-06-12T05:30:00.000+08:30', 'all after'],
])('weighed out at %s: %s', (weighedOutAt, expected) => {
  expect(found(at(weighedOutAt), during)).toBe(expected);
});

/** Whole days on the clocks of a place: the one on which they go forward or back, and the days beside it. */
const dayOf = (name: string, day: string, next: string, zone: string) =>
  rate(name, { validFromMs: at(`${day}000000`, zone), validToMs: at(`${next}000000`, zone) });

test.each([
  // Asia/Jerusalem goes forward at 02:00 on 27 March 2026: that day has 23 hours.
  [
    'Asia/Jerusalem',
    ['20260326', '20260327', '20260328', '20260329'],
    [
      ['2026-03-26T21:59:59.999Z', '20260326'],
      ['2026-03-26T22:00:00.000Z', '20260327'],
      ['2026-03-26T23:59:59.999Z', '20260327'],
      ['2026-03-27T00:00:00.000Z', '20260327'],
      ['2026-03-27T20:59:59.999Z', '20260327'],
      ['2026-03-27T21:00:00.000Z', '20260328'],
    ],
  ],
  // And back at 02:00 on 25 October 2026: 25 hours, the one from 01:00 to 02:00 twice.
  [
    'Asia/Jerusalem',
    ['20261024', '20261025', '20261026', '20261027'],
    [
      ['2026-10-24T20:59:59.999Z', '20261024'],
      ['2026-10-24T21:00:00.000Z', '20261025'],
      ['2026-10-24T22:30:00.000Z', '20261025'],
      ['2026-10-24T23:30:00.000Z', '20261025'],
      ['2026-10-25T21:59:59.999Z', '20261025'],
      ['2026-10-25T22:00:00.000Z', '20261026'],
    ],
  ],
  // America/New_York goes forward on 8 March 2026, and its midnight is another instant.
  [
    'America/New_York',
    ['20260307', '20260308', '20260309', '20260310'],
    [
      ['2026-03-08T04:59:59.999Z', '20260307'],
      ['2026-03-08T05:00:00.000Z', '20260308'],
      ['2026-03-09T03:59:59.999Z', '20260308'],
      ['2026-03-09T04:00:00.000Z', '20260309'],
    ],
  ],
] as const)(
  'in %s the rates of the days %j hold from local midnight to local midnight',
  (zone, days, cases) => {
    const [first, changed, after, end] = days;
    const rates = [
      rate('for all'),
      ...[
        dayOf(first, first, changed, zone),
        dayOf(changed, changed, after, zone),
        dayOf(after, after, end, zone),
      ].map((day) => ({ ...day, providerId: 10001 })),
    ];
    for (const [weighedOutAt, expected] of cases)
      expect(found(at(weighedOutAt), rates), weighedOutAt).toBe(expected);
    expect(found(at(`${end}000000`, zone), rates)).toBe('for all');
  },
);

test('every instant of a year has one rate where ranges touch, to the millisecond', () => {
  const cuts = ['20260101', '20260327', '20260701', '20261025', '20270101'].map((day) => at(`${day}000000`));
  const rates = cuts
    .slice(0, -1)
    .map((from, i) => rate(`${i}`, { validFromMs: from, validToMs: cuts[i + 1] ?? null }));
  for (const [i, cut] of cuts.entries()) {
    expect(found(cut - 1, rates)).toBe(i === 0 ? 'none' : `${i - 1}`);
    expect(found(cut, rates)).toBe(i === cuts.length - 1 ? 'none' : `${i}`);
  }
});
