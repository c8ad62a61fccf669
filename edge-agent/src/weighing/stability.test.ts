import { gramsOf } from '@weighgate/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ReadingFacts, readingOf } from './reading-facts.ts';
import { defaultStabilityRule, extendRun, type Run, stabilityOf } from './stability.ts';

const rule = { minReadings: 3, holdMs: 500, toleranceG: 50_000, derivedHoldMs: 1500, maxGapMs: 1000 };

const extend = (run: Run | null, facts: ReadingFacts) => {
  const framed = readingOf(facts);
  const { value, unit } = framed.reading;
  return extendRun(run, framed, value === null || unit === null ? null : gramsOf(value, unit), rule);
};

const runOf = (readings: ReadingFacts[]) => readings.reduce<Run | null>(extend, null);
const stabilityAfter = (readings: ReadingFacts[]) => stabilityOf(runOf(readings), rule);

/** Equal readings, one every `everyMs`. */
const equal = (count: number, everyMs: number, facts: Partial<ReadingFacts> = {}): ReadingFacts[] =>
  Array.from({ length: count }, (_, index) => ({ atMs: index * everyMs, value: '12340', ...facts }));

describe('a weight', () => {
  test('is stable by the word of the indicator after three equal readings over half a second', () => {
    expect(stabilityAfter(equal(6, 100))).toBe('indicator');
    expect(stabilityAfter(equal(5, 100))).toBeNull();
  });

  test('of two readings is never stable, however long they span', () => {
    expect(stabilityAfter(equal(2, 900))).toBeNull();
    expect(stabilityAfter(equal(3, 900))).toBe('indicator');
  });

  test('without a motion flag is derived, and only after a longer time', () => {
    expect(stabilityAfter(equal(15, 100, { stable: null }))).toBeNull();
    expect(stabilityAfter(equal(16, 100, { stable: null }))).toBe('derived');
  });

  test.each([
    ['a jump', { value: '12400' }],
    ['another unit', { unit: 'lb' }],
    ['another mode', { mode: 'net' }],
    ['motion', { stable: false }],
    ['no flag where there was one', { stable: null }],
    ['no value', { value: null }],
  ] as const)('starts anew after %s', (_what, change) => {
    const interrupted = equal(11, 100).map((facts, index) => (index === 6 ? { ...facts, ...change } : facts));
    expect(stabilityAfter(interrupted)).toBeNull();
    expect(stabilityAfter(interrupted.slice(0, 6))).toBe('indicator');
  });

  test('that flickers by one interval under the flag is stable as soon as three readings agree', () => {
    const flicker = (count: number) =>
      equal(count, 100).map((facts, index) => ({ ...facts, value: index % 2 === 0 ? '12340' : '12360' }));
    expect(stabilityAfter(flicker(30))).toBeNull();
    const agreeing = [0, 1, 2].map((index) => ({ atMs: 3000 + index * 100, value: '12340' }));
    expect(stabilityAfter([...flicker(30), ...agreeing.slice(0, 2)])).toBeNull();
    expect(stabilityAfter([...flicker(30), ...agreeing])).toBe('indicator');
  });

  test('of an unknown unit is stable only while its readings are equal', () => {
    expect(stabilityAfter(equal(6, 100, { unit: null }))).toBe('indicator');
    const changed = equal(6, 100, { unit: null }).map((facts, index) =>
      index < 3 ? facts : { ...facts, value: '12350' },
    );
    expect(stabilityAfter(changed)).toBeNull();
  });

  test('without a flag that flickers is not derived stable', () => {
    const flicker = equal(40, 100, { stable: null }).map((facts, index) => ({
      ...facts,
      value: index % 4 === 0 ? '12340' : '12360',
    }));
    expect(stabilityAfter(flicker)).toBeNull();
  });

  test('starts anew after a gap', () => {
    const late = { atMs: 1501, value: '12340' };
    expect(stabilityAfter([...equal(6, 100), late])).toBeNull();
    expect(stabilityAfter([...equal(6, 100), { ...late, atMs: 1500 }])).toBe('indicator');
  });

  test('that is stable was flagged over the whole hold and equal at its end, or equal over the longer hold', () => {
    const step = fc.record({
      pauseMs: fc.constantFrom(10, 100, 200, 1000, 1001),
      value: fc.constantFrom('100', '100', '100', '110', null),
      stable: fc.constantFrom(true, true, true, false, null),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let atMs = 0;
        let run: Run | null = null;
        const past: ReadingFacts[] = [];
        for (const { pauseMs, ...facts } of steps) {
          atMs += pauseMs;
          past.push({ atMs, ...facts });
          run = extend(run, { atMs, ...facts });
          const stability = stabilityOf(run, rule);
          if (stability === null) continue;
          const holdMs = stability === 'indicator' ? rule.holdMs : rule.derivedHoldMs;
          const last = past.slice(-rule.minReadings);
          const held = past.slice(past.findLastIndex((reading) => atMs - reading.atMs >= holdMs));
          for (const reading of [...last, ...held]) {
            expect(reading.value).not.toBeNull();
            expect(reading.stable).toBe(stability === 'indicator' ? true : null);
          }
          const equalOnes = stability === 'indicator' ? last : held;
          for (const reading of equalOnes) expect(reading.value).toBe(facts.value);
        }
      }),
    );
  });

  test('needs at least two readings and a second without a flag, by default', () => {
    expect(defaultStabilityRule.minReadings).toBeGreaterThanOrEqual(2);
    expect(defaultStabilityRule.derivedHoldMs).toBeGreaterThanOrEqual(1000);
  });
});
