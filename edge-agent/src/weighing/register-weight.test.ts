import { evidenceFramesOf, idMaker, registeredWeightSchema } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { indicatorOf } from '../indicator/models.ts';
import { virtualClock } from '../line/virtual-clock.ts';
import { type DeckRule, deckOf } from './deck.ts';
import { type ReadingFacts, readingOf } from './reading-facts.ts';
import { registerWeight } from './register-weight.ts';
import { defaultStabilityRule } from './stability.ts';

const rule = { thresholdKg: 500, maxKg: 60_000, staleAfterMs: 1000, stability: defaultStabilityRule };

/** A scale whose deck has read each of these for seven readings, ending now. */
async function scaleAfter(...facts: Partial<ReadingFacts>[]) {
  const clock = virtualClock();
  const deck = deckOf(rule, false);
  for (const fact of facts) {
    for (let index = 0; index < 7; index += 1) {
      await clock.advance(100);
      deck.read(readingOf({ atMs: clock.monotonicMs(), ...fact }));
    }
  }
  const scale = { id: 'north', deck, indicator: indicatorOf({ model: 'mt-continuous' }) };
  const register = (deckRule: DeckRule = rule) =>
    registerWeight({ ...scale, deck: { ...deck, rule: deckRule } }, { clock, makeId: idMaker(clock) });
  return { clock, deck, register };
}

const truck = { value: '12340' };

describe('registering a weight', () => {
  test('keeps the gross, what the indicator showed and the frames it came from', async () => {
    const { register } = await scaleAfter({ value: '0' }, truck);
    const registration = register();
    if (registration.kind !== 'registered') throw new Error(registration.refusal.code);
    const { weight } = registration;
    expect(registeredWeightSchema.parse(weight)).toEqual(weight);
    expect(weight).toMatchObject({
      scaleId: 'north',
      grossG: 12_340_000,
      indication: { value: '12340', unit: 'kg', increment: 1 },
      stability: 'indicator',
      registeredAt: '2026-01-01T00:00:01.400Z',
      indicator: { model: 'mt-continuous', options: { checksum: 'mt7' } },
    });
    const frames = evidenceFramesOf(weight.frames);
    expect(frames).toHaveLength(10);
    expect(frames.at(-1)).toEqual({ agoMs: 0, hex: Buffer.from('12340').toString('hex') });
  });

  test('says which instrument weighed, in which of its ranges, and by which software', async () => {
    const { register, deck, clock } = await scaleAfter({ value: '0' }, { ...truck, range: 2 });
    const commissioned = { unit: 'kg', interval: '20' } as const;
    expect(register({ ...rule, minKg: 400, commissioned })).toMatchObject({
      kind: 'registered',
      weight: {
        indication: { range: 2 },
        instrument: {
          serialNo: null,
          interval: { value: '20', unit: 'kg' },
          minG: 400_000,
          maxG: 60_000_000,
        },
      },
    });
    const scale = {
      id: 'north',
      deck,
      indicator: indicatorOf({ model: 'mt-continuous' }),
      serialNo: '4711',
    };
    const parts = { clock, makeId: idMaker(clock), software: '0.1.0-1a2b3c4d' };
    expect(registerWeight(scale, parts)).toMatchObject({
      weight: { instrument: { serialNo: '4711', interval: null }, software: '0.1.0-1a2b3c4d' },
    });
  });

  test.each([
    ['an indicator that has sent nothing', [], 'no_reading'],
    [
      'a load above the capacity',
      [{ value: null, stable: false, outOfRange: true, overload: true }],
      'overloaded',
    ],
    [
      'a flag for both directions',
      [{ value: null, stable: false, outOfRange: true, overload: null }],
      'overloaded',
    ],
    ['less than zero', [{ value: null, stable: false, outOfRange: true, underload: true }], 'underloaded'],
    ['a value that is held', [{ ...truck, hold: true }], 'not_recordable'],
    ['a value in finer steps', [{ ...truck, highResolution: true }], 'not_recordable'],
    ['an indicator showing net', [{ ...truck, mode: 'net' }], 'not_gross'],
    ['an indicator showing its tare', [{ ...truck, mode: 'tare' }], 'not_gross'],
    ['a unit that is not known', [{ ...truck, unit: null }], 'unit_unknown'],
    ['ten times finer steps', [{ ...truck, expandedX10: true }], 'not_recordable'],
    ['a scale not zeroed since power-up', [{ ...truck, notZeroedSincePowerUp: true }], 'not_recordable'],
    ['an empty deck', [{ value: '20' }], 'below_threshold'],
    ['a moving truck', [{ ...truck, stable: false }], 'not_stable'],
    ['a truck heavier than the scale may weigh', [{ value: '60001' }], 'above_maximum'],
    ['a mass beyond all reason', [{ value: '999999', unit: 't' }], 'above_maximum'],
  ] as [string, Partial<ReadingFacts>[], string][])('is refused for %s', async (_what, facts, code) => {
    const { register } = await scaleAfter(...facts);
    expect(register()).toMatchObject({ kind: 'refused', refusal: { code } });
  });

  test('at exactly the maximum passes', async () => {
    const { register } = await scaleAfter({ value: '60000' });
    expect(register().kind).toBe('registered');
  });

  test('is refused a second time for the same load', async () => {
    const { register, deck } = await scaleAfter(truck);
    expect(register().kind).toBe('registered');
    deck.markRegistered();
    expect(register()).toMatchObject({ refusal: { code: 'already_registered' } });
  });

  test('is refused as soon as the readings stop, with their age', async () => {
    const { register, clock } = await scaleAfter(truck);
    await clock.advance(1000);
    expect(register().kind).toBe('registered');
    await clock.advance(1);
    expect(register()).toMatchObject({ refusal: { code: 'no_reading', ageMs: 1001 } });
  });

  test.each([
    ['in the unit and the steps that were commissioned', { value: '12340' }, null],
    ['in another unit', { value: '12340', unit: 'lb' }, 'unit_changed'],
    ['with a decimal point that moved', { value: '1240.0' }, 'interval_changed'],
    ['in finer steps', { value: '12345' }, 'interval_changed'],
  ] as [string, Partial<ReadingFacts>, string | null][])(
    'of an indicator that shows %s',
    async (_what, facts, code) => {
      const { register } = await scaleAfter(facts);
      const commissioned = { unit: 'kg', interval: '20' } as const;
      expect(register({ ...rule, commissioned })).toMatchObject(
        code === null ? { kind: 'registered' } : { kind: 'refused', refusal: { code } },
      );
    },
  );
});
