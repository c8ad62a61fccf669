import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** Chance that repeats itself: the same seed gives the same draws on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [min, max). */
  between(min: number, max: number): number;
  /** A whole number in min..max, both included. */
  whole(min: number, max: number): number;
  /** One element of a list, which must not be empty. */
  pick<T>(list: readonly T[]): T;
  /** Normally distributed. */
  normal(mean: number, standardDeviation: number): number;
  /**
   * A stream of its own, fixed by this stream's seed and the label alone: how much was drawn before does not matter,
   * and the same label gives the same stream again.
   */
  fork(label: string): Random;
}

/** @param seed any whole number a double holds exactly */
export function seededRandom(seed: number): Random {
  assert(Number.isSafeInteger(seed), `a seed is a whole number, not ${seed}`);
  return randomOf(String(seed));
}

function randomOf(name: string): Random {
  const digest = createHash('sha256').update(name, 'utf8').digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => digest.readInt32BE(offset)));
  const next = () => uniformFloat64(generator);
  return {
    next,
    between: (min, max) => min + next() * (max - min),
    whole: (min, max) => uniformInt(generator, min, max),
    pick(list) {
      assert(list.length > 0, 'nothing to pick from');
      return list[uniformInt(generator, 0, list.length - 1)] as (typeof list)[number];
    },
    // Box-Muller; 1 - next() lies in (0, 1], where the logarithm is finite.
    normal: (mean, standardDeviation) =>
      mean + standardDeviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    fork: (label) => randomOf(`${name}/${label}`),
  };
}
