import { idMaker } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import type { DeckRule } from './deck.ts';
import type { Position } from './position.ts';
import { quietScale } from './quiet-scale.ts';
import { readingOf } from './reading-facts.ts';
import { registerWeight, type Scale } from './register-weight.ts';
import { sumDeckOf } from './sum-deck.ts';

/** A scale, what comes of registering on it, and what it told of its loads. */
function openScale(changes: Partial<DeckRule> = {}, registeredBefore = false) {
  const clock = virtualClock();
  const scale = quietScale(clock, registeredBefore, 'north', changes);
  const told: boolean[] = [];
  scale.deck.onRegisteredChange((registered) => told.push(registered));
  const register = (also: Partial<Scale> = {}) => {
    const outcome = registerWeight({ ...scale, ...also }, { clock, makeId: idMaker(clock) });
    if (outcome.kind === 'registered') scale.deck.markRegistered();
    return outcome.kind === 'refused' ? outcome.refusal : outcome.kind;
  };
  return { clock, show: scale.show, register, told, scale, deck: scale.deck };
}

describe('return to zero between two trucks', () => {
  test('a second truck that drives on while the deck has not returned to zero is refused', async () => {
    const { show, register, told } = openScale();
    await show(15_000);
    expect(register()).toBe('registered');
    await show(80);
    await show(9_000);
    expect(register()).toEqual({ code: 'no_zero_since_last_truck', zeroBandKg: 50 });
    expect(told).toEqual([true]);
    await show(0);
    expect(told).toEqual([true, false]);
    await show(9_000);
    expect(register()).toBe('registered');
  });

  test.each([
    [50, 'registered'],
    [-50, 'registered'],
    [51, { code: 'no_zero_since_last_truck', zeroBandKg: 50 }],
    [-51, { code: 'no_zero_since_last_truck', zeroBandKg: 50 }],
  ])('an empty deck that shows %i kg is at zero within 50 kg or not', async (kg, outcome) => {
    const { show, register } = openScale();
    await show(15_000);
    register();
    await show(kg);
    await show(9_000);
    expect(register()).toEqual(outcome);
  });

  test('zero pressed with a truck on the deck: what is left shows less than nothing, and the next truck is refused', async () => {
    const { show, register } = openScale();
    await show(15_000);
    register();
    await show(0);
    await show(-15_000);
    await show(600);
    expect(register()).toEqual({ code: 'no_zero_since_last_truck', zeroBandKg: 50 });
  });

  test('one damaged reading at zero does not count as returned', async () => {
    const { clock, show, register, deck } = openScale();
    await show(15_000);
    register();
    await show(80);
    deck.read(readingOf({ atMs: clock.monotonicMs(), value: '0' }));
    await show(9_000);
    expect(register()).toMatchObject({ code: 'no_zero_since_last_truck' });
  });

  test('a restart before the deck has returned to zero does not count as returned', async () => {
    const { show, register } = openScale({}, true);
    await show(80);
    await show(9_000);
    expect(register()).toMatchObject({ code: 'no_zero_since_last_truck' });
  });

  test('is asked of several decks under one truck together', async () => {
    const clock = virtualClock();
    const [front, back] = [quietScale(clock, false, 'front'), quietScale(clock, false, 'back')];
    const deck = sumDeckOf(
      { thresholdKg: 500, maxKg: 60_000, zeroBandKg: 50 },
      [front.deck, back.deck],
      false,
    );
    const show = async (kgFront: number, kgBack: number) => {
      await front.show(kgFront);
      await back.show(kgBack);
      await front.show(kgFront);
      for (let index = 0; index < 7; index += 1) deck.update();
    };
    await show(8000, 7000);
    deck.markRegistered();
    await show(30, 30);
    expect(deck.view().returnedToZero).toBe(false);
    await show(0, 0);
    expect(deck.view().returnedToZero).toBe(true);
  });
});

test('a load below Min is refused, and Min itself is not', async () => {
  const { show, register } = openScale({ minKg: 400, thresholdKg: 100 });
  await show(399);
  expect(register()).toEqual({ code: 'below_minimum', minKg: 400 });
  await show(400);
  expect(register()).toBe('registered');
});

test('a truck that cuts a position sensor is refused, naming the sensor', async () => {
  const { show, register } = openScale();
  await show(15_000);
  let now: Position = { kind: 'cut', sensor: 'exit beam' };
  const position = () => now;
  expect(register({ position })).toEqual({ code: 'position_cut', beam: 'exit beam' });
  now = { kind: 'clear' };
  expect(register({ position })).toBe('registered');
});

test('a position sensor that says nothing is never clear: it refuses, or the record says that nobody knew', async () => {
  const { clock, show, register, scale } = openScale();
  await show(15_000);
  const unknown = { kind: 'unknown', sensor: 'exit beam' } as const;
  expect(register({ position: () => ({ ...unknown, refuses: true }) })).toEqual({
    code: 'position_unknown',
    sensor: 'exit beam',
  });
  const parts = { clock, makeId: idMaker(clock) };
  const noted = registerWeight({ ...scale, position: () => ({ ...unknown, refuses: false }) }, parts);
  expect(noted).toMatchObject({ kind: 'registered', weight: { position: 'unknown' } });
  const clear = registerWeight({ ...scale, position: () => ({ kind: 'clear' }) }, parts);
  expect(clear).toMatchObject({ kind: 'registered', weight: { position: 'clear' } });
});
