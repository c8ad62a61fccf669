import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Rate, rateFor } from '../rate.ts';
import type { SheetRow } from './read-sheet.ts';
import { differenceOf, type SheetTerms } from './sheet-difference.ts';

const row = (ratePerKgMinor: string, said: Partial<SheetRow> = {}): SheetRow => ({
  produce: 'orange',
  providerId: null,
  ratePerKgMinor,
  currency: 'ILS',
  validFromMs: null,
  validToMs: null,
  ...said,
});
const rate = (ratePerKgMinor: string, said: Partial<Rate> = {}): Rate => ({
  id: 'r',
  ...row(ratePerKgMinor),
  validFromMs: null,
  ...said,
});
const at = (takesEffectMs: number, unnamed: SheetTerms['unnamed'] = 'end'): SheetTerms => ({
  takesEffectMs,
  unnamed,
});
/** What stands after a difference. */
function applied(rates: readonly Rate[], rows: readonly SheetRow[], terms: SheetTerms): Rate[] {
  const changes = differenceOf(rows, rates, terms);
  const gone = new Set(changes.flatMap(({ withdrawn }) => withdrawn));
  const begun = changes.flatMap(({ produce, providerId, begun: spans }) =>
    spans.map((span) => ({ id: 'new', produce, providerId, ...span })),
  );
  return [...rates.filter((one) => !gone.has(one)), ...begun];
}

test('a new rate takes over when the sheet takes effect, and what held before still holds before', () => {
  expect(differenceOf([row('100')], [rate('93.5')], at(50))).toMatchObject([
    {
      before: [{ ratePerKgMinor: '93.5', validFromMs: null, validToMs: null }],
      after: [
        { ratePerKgMinor: '93.5', validFromMs: null, validToMs: 50 },
        { ratePerKgMinor: '100', validFromMs: 50, validToMs: null },
      ],
    },
  ]);
});

test('a sheet that says what holds already changes nothing', () => {
  expect(differenceOf([row('93.5')], [rate('93.5')], at(50))).toEqual([]);
  expect(differenceOf([row('1', { validFromMs: 10, validToMs: 20 })], [rate('1')], at(50, 'keep'))).toEqual(
    [],
  );
});

test('the first rate of a produce holds from always, that of a provider beside one for all from the sheet on', () => {
  expect(differenceOf([row('1')], [], at(50))[0]?.after).toMatchObject([{ validFromMs: null }]);
  const own = row('2', { providerId: 10_001 });
  expect(differenceOf([row('1'), own], [rate('1')], at(50))[0]?.after).toMatchObject([{ validFromMs: 50 }]);
});

test('what a sheet does not name ends when it takes effect, or is kept', () => {
  const lemons = rate('5', { produce: 'lemon' });
  const changes = differenceOf([row('1')], [rate('1'), lemons], at(50));
  expect(changes).toMatchObject([{ produce: 'lemon', after: [{ ratePerKgMinor: '5', validToMs: 50 }] }]);
  expect(differenceOf([row('1')], [rate('1'), lemons], at(50, 'keep'))).toEqual([]);
});

test('a row with dates holds between them, and what stands outside of them stays', () => {
  const terms = at(0, 'keep');
  const [change] = differenceOf([row('9', { validFromMs: 10, validToMs: 20 })], [rate('1')], terms);
  expect(change?.after).toMatchObject([
    { ratePerKgMinor: '1', validFromMs: null, validToMs: 10 },
    { ratePerKgMinor: '9', validFromMs: 10, validToMs: 20 },
    { ratePerKgMinor: '1', validFromMs: 20, validToMs: null },
  ]);
});

const instant = fc.integer({ min: 0, max: 30 });
const range = fc.tuple(instant, instant).filter(([from, to]) => from < to);
const keys = fc.record({
  produce: fc.constantFrom('orange', 'lemon'),
  providerId: fc.constantFrom(null, 10_001),
});
const rows = fc
  .array(fc.tuple(keys, fc.constantFrom('1', '2', '3'), range), { maxLength: 6 })
  .map((drawn) =>
    drawn.map(([key, text, [validFromMs, validToMs]]) => row(text, { ...key, validFromMs, validToMs })),
  )
  .filter((all) =>
    all.every((a, i) =>
      all.every(
        (b, j) =>
          i >= j ||
          a.produce !== b.produce ||
          a.providerId !== b.providerId ||
          Number(a.validToMs) <= Number(b.validFromMs) ||
          Number(b.validToMs) <= Number(a.validFromMs),
      ),
    ),
  );
const rateAt = (standing: readonly Rate[], produce: string, providerId: number, weighedOutAtMs: number) =>
  rateFor({ produce, providerId, weighedOutAtMs }, standing)?.ratePerKgMinor;

test('after a sheet every instant has what the sheet says, and elsewhere what it had; ranges never overlap; again it changes nothing', () => {
  fc.assert(
    fc.property(rows, rows, instant, (first, second, takesEffectMs) => {
      const terms = at(takesEffectMs, 'keep');
      const standing = applied([], first, terms);
      const after = applied(standing, second, terms);
      for (const key of ['orange', 'lemon'].flatMap((produce) =>
        [null, 10_001].map((id) => ({ produce, id })),
      )) {
        const of = (all: readonly Rate[]) =>
          all.filter(({ produce, providerId }) => produce === key.produce && providerId === key.id);
        for (let ms = -1; ms <= 31; ms += 1) {
          const said = second.find(
            (one) =>
              one.produce === key.produce &&
              one.providerId === key.id &&
              Number(one.validFromMs) <= ms &&
              ms < (one.validToMs ?? 0),
          );
          const had = rateAt(of(standing), key.produce, key.id ?? 1, ms);
          expect(rateAt(of(after), key.produce, key.id ?? 1, ms)).toBe(said?.ratePerKgMinor ?? had);
          const holding = of(after).filter(
            (one) => (one.validFromMs ?? -9) <= ms && ms < (one.validToMs ?? 99),
          );
          expect(holding.length).toBeLessThanOrEqual(1);
        }
      }
      expect(differenceOf(second, after, terms)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
