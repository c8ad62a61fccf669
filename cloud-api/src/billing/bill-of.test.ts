import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BillableSession, type BillTerms, billOf } from './bill-of.ts';
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
  currency: 'ILS',
  validFromMs: null,
  validToMs: null,
  ...said,
});
const plain: BillTerms = { currency: 'ILS', rounding: 'half_away', vat: 'not_charged' };
const lineIds = (sessions: BillableSession[], rates: Rate[]) => {
  const bill = billOf(10001, sessions, rates, plain);
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
  expect(billOf(10001, sessions, [rate()], plain)).toMatchObject({
    kind: 'blocked',
    blocked: [
      { sessionId: 's2', reason: 'pending_net' },
      { sessionId: 's3', reason: 'no_produce' },
      { sessionId: 's4', reason: 'no_rate' },
    ],
  });
});

test('a rate of zero is a rate, and a bill of nothing is a bill', () => {
  expect(billOf(10001, [session()], [rate({ ratePerKgMinor: '0' })], plain)).toMatchObject({
    kind: 'billed',
    totalMinor: 0n,
  });
  expect(billOf(10001, [], [], plain)).toMatchObject({
    kind: 'billed',
    lines: [],
    totalNetG: 0n,
    payableMinor: 0n,
  });
});

test('a line is rounded once, on the sum of its grams', () => {
  const sessions = [session({ netG: 400 }), session({ sessionId: 's2', netG: 400 })];
  expect(billOf(10001, sessions, [rate({ ratePerKgMinor: '1' })], plain)).toMatchObject({
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
        plain,
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
        const bill = billOf(10001, ordered, allRates, plain);
        return bill.kind === 'billed' ? bill.lines.map((line) => [line.rate.id, line.amountMinor]) : [];
      };
      expect(amountsOf(given.toReversed())).toEqual(amountsOf(given));
    }),
  );
});

test('every half goes away from zero, or to the even neighbour where the bill says so', () => {
  const half = (netG: number) => [session({ netG })];
  const amount = (netG: number, rounding: BillTerms['rounding']) => {
    const bill = billOf(10001, half(netG), [rate({ ratePerKgMinor: '1' })], { ...plain, rounding });
    return bill.kind === 'billed' ? bill.totalMinor : bill;
  };
  expect([500, 1_500, 2_500, 2_501].map((netG) => amount(netG, 'half_away'))).toEqual([1n, 2n, 3n, 3n]);
  expect([500, 1_500, 2_500, 2_501].map((netG) => amount(netG, 'half_even'))).toEqual([0n, 2n, 2n, 3n]);
});

test('what is weighed out at the instant VAT changes bears the new rate, on a line of its own', () => {
  const vat = [
    { id: 'v17', percent: '17', validFromMs: null, validToMs: 1_000 },
    { id: 'v18', percent: '18', validFromMs: 1_000, validToMs: 2_000 },
  ];
  const sessions = [session({ weighedOutAtMs: 999 }), session({ sessionId: 's2' })];
  expect(billOf(10001, sessions, [rate()], { ...plain, vat })).toMatchObject({
    lines: [{ vat: { id: 'v17' } }, { vat: { id: 'v18' } }],
    vatGroups: [
      { percent: '17', baseMinor: 654_500n, vatMinor: 111_265n },
      { percent: '18', baseMinor: 654_500n, vatMinor: 117_810n },
    ],
    totalMinor: 1_309_000n,
    vatMinor: 229_075n,
    payableMinor: 1_538_075n,
  });
  expect(billOf(10001, [session({ weighedOutAtMs: 2_000 })], [rate()], { ...plain, vat })).toMatchObject({
    kind: 'blocked',
    blocked: [{ reason: 'no_vat_rate' }],
  });
});

test('VAT is taken once on the sum of the rounded lines of one percentage, not line by line', () => {
  const vat = [{ id: 'v', percent: '18', validFromMs: null, validToMs: null }];
  const sessions = [session({ netG: 3_000 }), session({ sessionId: 's2', produce: 'lemon', netG: 3_000 })];
  const rates = [rate({ ratePerKgMinor: '1' }), rate({ id: 'r2', produce: 'lemon', ratePerKgMinor: '1' })];
  expect(billOf(10001, sessions, rates, { ...plain, vat })).toMatchObject({ totalMinor: 6n, vatMinor: 1n });
});

test('an exempt provider has a group without VAT; a bill that says nothing of VAT has none', () => {
  expect(billOf(10001, [session()], [rate()], { ...plain, vat: 'exempt' })).toMatchObject({
    vatGroups: [{ percent: null, baseMinor: 654_500n, vatMinor: 0n }],
    payableMinor: 654_500n,
  });
  expect(billOf(10001, [session()], [rate()], plain)).toMatchObject({
    vatGroups: [],
    payableMinor: 654_500n,
  });
});

test('what was found of the quality is paid on lines of its own, and no weight is changed', () => {
  const findings: BillableSession['findings'] = [
    { kind: 'moisture', foundPercent: '15.5', basePercent: '14' },
    { kind: 'pound_solids', foundPercent: '12.6', standardPercent: '12' },
    { kind: 'deduction', percent: '2.5', reason: 'leaves' },
    { kind: 'moisture', foundPercent: '13', basePercent: '14' },
  ];
  const bill = billOf(10001, [session({ findings })], [rate()], plain);
  expect(bill).toMatchObject({
    totalNetG: 7_000_000n,
    lines: [{ netG: 7_000_000n, amountMinor: 654_500n }],
    // 654,500 x -1.5/86 = -11,415.70; x 0.6/12 = 32,725; x -2.5 % = -16,362.5, the half away from zero; dry enough: 0
    qualityLines: [
      { amountMinor: -11_416n },
      { amountMinor: 32_725n },
      { amountMinor: -16_363n },
      { amountMinor: 0n },
    ],
    totalMinor: 654_500n - 11_416n + 32_725n - 16_363n,
  });
});

test('a rate in another currency than the bill blocks it: currencies are never summed', () => {
  expect(billOf(10001, [session()], [rate({ currency: 'USD' })], plain)).toMatchObject({
    kind: 'blocked',
    blocked: [{ reason: 'other_currency' }],
  });
});

test('an amount beyond what a double holds is exact', () => {
  const sessions = Array.from({ length: 3 }, (_, i) =>
    session({ sessionId: `s${i}`, netG: Number.MAX_SAFE_INTEGER }),
  );
  expect(billOf(10001, sessions, [rate({ ratePerKgMinor: '99999999999999.9999' })], plain)).toMatchObject({
    totalMinor: (3n * 9_007_199_254_740_991n * 999_999_999_999_999_999n + 5_000_000n) / 10_000_000n,
  });
});
