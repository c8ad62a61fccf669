import type { Random } from './random.ts';

/** A range to draw from: least and most. */
type Range = readonly [min: number, max: number];

/**
 * A sum of steady tones with random phases: noise that is a pure function of time, so that a load can be asked for at
 * any instant, twice, in any order. Never larger than `tones * amplitudeKg[1]` in either direction.
 */
export function vibrationOf(
  random: Random,
  { tones, hz, amplitudeKg }: { tones: number; hz: Range; amplitudeKg: Range },
): (tMs: number) => number {
  const waves = Array.from({ length: tones }, () => ({
    amplitudeKg: random.between(...amplitudeKg),
    radiansPerMs: (2 * Math.PI * random.between(...hz)) / 1000,
    phase: random.between(0, 2 * Math.PI),
  }));
  return (tMs) =>
    waves.reduce((sum, wave) => sum + wave.amplitudeKg * Math.sin(wave.radiansPerMs * tMs + wave.phase), 0);
}
