import { frameCountOf, idMaker, registeredWeightSchema } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { indicatorOf } from '../indicator/models.ts';
import type { Reading } from '../indicator/reading.ts';
import { virtualClock } from '../line/virtual-clock.ts';
import { deckOf } from './deck.ts';
import { readingOf } from './reading-facts.ts';
import { registerWeight, type Scale } from './register-weight.ts';
import { defaultStabilityRule } from './stability.ts';
import { sumDeckOf } from './sum-deck.ts';

const rule = { thresholdKg: 500, maxKg: 60_000, staleAfterMs: 1000, stability: defaultStabilityRule };

/** A weighbridge of two decks, which are read in turn ten times a second. */
function bridge(registeredBefore = false) {
  const clock = virtualClock();
  const indicator = indicatorOf({ model: 'mt-continuous' });
  const front: Scale = { id: 'front', deck: deckOf(rule, registeredBefore), indicator };
  const rear: Scale = { id: 'rear', deck: deckOf(rule, registeredBefore), indicator };
  const sum = sumDeckOf({ thresholdKg: 500, maxKg: 80_000 }, [front.deck, rear.deck], registeredBefore);
  const scale: Scale = {
    id: 'bridge',
    deck: sum,
    indicator: { model: 'sum-deck', options: {} },
    parts: [front, rear],
  };
  const parts = { clock, makeId: idMaker(clock) };
  /** Each deck shows this for `count` readings; null: it sends nothing. */
  async function show(
    onFront: Partial<Reading> | null,
    onRear: Partial<Reading> | null,
    count = 8,
  ): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      await clock.advance(50);
      if (onFront !== null) front.deck.read(readingOf({ atMs: clock.monotonicMs(), ...onFront }));
      sum.update();
      await clock.advance(50);
      if (onRear !== null) rear.deck.read(readingOf({ atMs: clock.monotonicMs(), ...onRear }));
      sum.update();
    }
  }
  return { clock, front, rear, sum, show, register: (of = scale) => registerWeight(of, parts) };
}

const codeOf = (registration: ReturnType<typeof registerWeight>) =>
  registration.kind === 'refused' ? registration.refusal.code : registration.kind;

describe('a truck on two decks', () => {
  test('weighs their sum, with the indication and the frames of each', async () => {
    const { show, register, sum } = bridge();
    await show({}, {});
    expect(sum.view().state).toBe('empty');
    await show({ value: '7120' }, { value: '11.5', unit: 't' });
    const registration = register();
    if (registration.kind !== 'registered') throw new Error(registration.refusal.code);
    const { weight } = registration;
    expect(registeredWeightSchema.parse(weight)).toEqual(weight);
    expect(weight).toMatchObject({
      scaleId: 'bridge',
      grossG: 18_620_000,
      indication: { value: '18620', unit: 'kg', increment: null },
      stability: 'indicator',
      frames: [],
      parts: [
        { scaleId: 'front', grossG: 7_120_000, indication: { value: '7120', unit: 'kg' } },
        { scaleId: 'rear', grossG: 11_500_000, indication: { value: '11.5', unit: 't' } },
      ],
    });
    for (const { frames } of weight.parts ?? []) expect(frameCountOf(frames)).toBeGreaterThan(5);
  });

  test('is not stable while one deck moves', async () => {
    const { show, register } = bridge();
    await show({}, {});
    await show({ value: '7120' }, { value: '5000', stable: false });
    expect(codeOf(register())).toBe('not_stable');
  });

  test('has no weight when one deck has gone silent', async () => {
    const { show, register } = bridge();
    await show({ value: '7120' }, { value: '5000' });
    await show({ value: '7120' }, null, 15);
    expect(codeOf(register())).toBe('no_reading');
  });

  test('has no weight before each deck has shown something', async () => {
    const { show, register } = bridge();
    await show({ value: '7120' }, null);
    expect(codeOf(register())).toBe('no_reading');
  });

  test.each<[string, Partial<Reading>, string]>([
    ['overloaded', { value: null, overload: true, stable: false }, 'overloaded'],
    ['in net', { value: '5000', mode: 'net' }, 'not_gross'],
    ['without a unit', { value: '5000', unit: null }, 'unit_unknown'],
    ['in finer steps', { value: '5000', expandedX10: true }, 'not_recordable'],
  ])('is refused when one deck is %s', async (_, rear, code) => {
    const { show, register } = bridge();
    await show({ value: '7120' }, rear);
    expect(codeOf(register())).toBe(code);
  });

  test('counts as derived when one indicator has no motion flag', async () => {
    const { show, register } = bridge();
    await show({ value: '7120' }, { value: '5000', stable: null }, 25);
    const registration = register();
    expect(registration).toMatchObject({ kind: 'registered', weight: { stability: 'derived' } });
  });

  test('that is registered is registered on each deck, and none is weighed again before it is empty', async () => {
    const { show, register, sum, front, rear } = bridge();
    await show({ value: '7120' }, { value: '5000' });
    expect(codeOf(register())).toBe('registered');
    sum.markRegistered();
    await show({ value: '7120' }, { value: '5000' });
    for (const scale of [undefined, front, rear]) expect(codeOf(register(scale))).toBe('already_registered');
    await show({}, {});
    await show({ value: '7120' }, { value: '5000' });
    for (const scale of [undefined, front, rear]) expect(codeOf(register(scale))).toBe('registered');
  });

  test('whose one deck was registered alone is not registered again as a sum', async () => {
    const { show, register, front } = bridge();
    await show({ value: '7120' }, { value: '5000' });
    front.deck.markRegistered();
    await show({ value: '7120' }, { value: '5000' }, 2);
    expect(codeOf(register())).toBe('already_registered');
  });

  test('that was registered before the agent stopped still is', async () => {
    const { show, register } = bridge(true);
    await show({ value: '7120' }, { value: '5000' });
    expect(codeOf(register())).toBe('already_registered');
  });
});
