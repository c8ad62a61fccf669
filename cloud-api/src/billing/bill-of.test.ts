import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BillableSession, billOf } from './bill-of.ts';
import { amountMinorOf } from './money.ts';
import type { Rate } from './rate.ts';

const session = (said: Partial<BillableSession> = {}): BillableSession => ({
  sessionId: 's1',
  ticketNo: 'T-1',
  truck: '77-421-03',
  produce: 'orange',
  netG: 7_000_000,
  weighedOutAtMs: 1_000,
  ...said,
});
const rate = (said: Partial<Rate> = {}): Rate => ({
  id: 'r1',
  produce: 'orange',
  providerId: null,
  ratePerKgMinor: '93.5',
  validFromMs: null,
  validToMs: null,
  ...said,
});
const lineIds = (sessions: BillableSession[], rates: Rate[]) => {
  const bill = billOf(10001, sessions, rates);
  return bill.kind === 'billed'
    ? bill.lines.map((line) => line.rate.id)
    : bill.blocked.map(({ reason }) => reason);
};

test("a provider's own rate comes before the one for all, and another provider's never applies", () => {
  const all = rate({ id: 'all' });
  const own = rate({ id: 'own', providerId: 10001 });
  const other = rate({ id: 'other', providerId: 10002 });
  expect(lineIds([session()], [all, own, other])).toEqual(['own']);
  expect(lineIds([session()], [other, all])).toEqual(['all']);
  expect(lineIds([session()], [other])).toEqual(['no_rate']);
});

test('a rate holds from its first instant until before its last', () => {
  const rates = [
    rate({ id: 'old', validToMs: 1_000 }),
    rate({ id: 'own', providerId: 10001, validFromMs: 2_000, validToMs: 3_000 }),
    rate({ id: 'new', validFromMs: 1_000 }),
  ];
  const at = (weighedOutAtMs: number) => lineIds([session({ weighedOutAtMs })], rates);
  expect(at(999)).toEqual(['old']);
  expect(at(1_000)).toEqual(['new']);
  expect(at(2_000)).toEqual(['own']);
  expect(at(2_999)).toEqual(['own']);
  expect(at(3_000)).toEqual(['new']);
});

test('what cannot be priced blocks the whole bill and is named, however many sessions could be billed', () => {
  const sessions = [
    session(),
    session({ sessionId: 's2', netG: null }),
    session({ sessionId: 's3', produce: null }),
    session({ sessionId: 's4', produce: 'lemon' }),
  ];
  expect(billOf(10001, sessions, [rate()])).toMatchObject({
    kind: 'blocked',
    blocked: [
      { sessionId: 's2', reason: 'pending_net' },
      { sessionId: 's3', reason: 'no_produce' },
      { sessionId: 's4', reason: 'no_rate' },
    ],
  });
});

test('a rate of zero is a rate, and a bill of nothing is a bill', () => {
  expect(billOf(10001, [session()], [rate({ ratePerKgMinor: '0' })])).toMatchObject({
    kind: 'billed',
    totalMinor: 0n,
  });
  expect(billOf(10001, [], [])).toEqual({ kind: 'billed', lines: [], totalNetG: 0n, totalMinor: 0n });
});

test('a line is rounded once, on the sum of its grams', () => {
  const sessions = [session({ netG: 400 }), session({ sessionId: 's2', netG: 400 })];
  expect(billOf(10001, sessions, [rate({ ratePerKgMinor: '1' })])).toMatchObject({
    lines: [{ netG: 800n, amountMinor: 1n }],
  });
});

const produces = ['orange', 'lemon', 'grape'];
const rates = fc.constant(
  produces.flatMap((produce, i) => [
    rate({ id: `${produce}-all`, produce, ratePerKgMinor: `${i + 1}.3333` }),
    rate({ id: `${produce}-own`, produce, providerId: 10001, validFromMs: 500, ratePerKgMinor: `${i}.0005` }),
  ]),
);
const sessions = fc.array(
  fc.record({
    produce: fc.constantFrom(...produces),
    netG: fc.integer({ min: 0, max: 60_000_000 }),
    weighedOutAtMs: fc.integer({ min: 0, max: 1_000 }),
  }),
  { maxLength: 60 },
);

test('every session is on one line, the total is the sum of the lines, and each line is right by rational numbers', () => {
  fc.assert(
    fc.property(sessions, rates, (said, allRates) => {
      const bill = billOf(
        10001,
        said.map((one, i) => session({ ...one, sessionId: `s${i}` })),
        allRates,
      );
      if (bill.kind !== 'billed') throw new Error('nothing here can block');
      expect(bill.lines.flatMap((line) => line.sessions.map(({ sessionId }) => sessionId)).sort()).toEqual(
        said.map((_, i) => `s${i}`).sort(),
      );
      expect(bill.totalMinor).toBe(bill.lines.reduce((sum, line) => sum + line.amountMinor, 0n));
      expect(bill.totalNetG).toBe(BigInt(said.reduce((sum, { netG }) => sum + netG, 0)));
      for (const line of bill.lines) {
        // Two fractions are equal when their cross products are: |amount - exact| <= 1/2, both over 10^7.
        const scaledRate = BigInt(Math.round(Number(line.rate.ratePerKgMinor) * 10_000));
        const twiceExact = 2n * line.netG * scaledRate;
        const twiceAmount = 2n * line.amountMinor * 10_000_000n;
        expect(
          (twiceAmount >= twiceExact && twiceAmount - twiceExact <= 10_000_000n) ||
            twiceExact - twiceAmount < 10_000_000n,
        ).toBe(true);
        expect(line.amountMinor).toBe(amountMinorOf(line.netG, line.rate.ratePerKgMinor));
      }
    }),
  );
});

test('the order in which sessions come changes nothing on the bill', () => {
  fc.assert(
    fc.property(sessions, rates, (said, allRates) => {
      const given = said.map((one, i) => session({ ...one, sessionId: `s${i}` }));
      const amountsOf = (ordered: BillableSession[]) => {
        const bill = billOf(10001, ordered, allRates);
        return bill.kind === 'billed' ? bill.lines.map((line) => [line.rate.id, line.amountMinor]) : [];
      };
      expect(amountsOf(given.toReversed())).toEqual(amountsOf(given));
    }),
  );
});
