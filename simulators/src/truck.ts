import { strict as assert } from 'node:assert';
import type { Random } from './random.ts';
import { vibrationOf } from './vibration.ts';

/** From the first touch of a tyre on the deck until the whole axle stands on it. */
const AXLE_ROLL_MS = 300;
/** How far the last axle of a truck is on that stops short. */
const HALF_ON = 0.5;
/** Sway that has died down to this is lost in the noise: a quarter of a usual 20 kg interval. */
const SETTLED_SWAY_KG = 5;

/** One truck's way over the deck. All times are in ms since its first axle touched the deck. */
export interface TruckPass {
  readonly massKg: number;
  /** When the last axle stands on the deck. */
  readonly lastAxleOnAfterMs: number;
  /** When the sway has died down: from here the load is the mass within 10 kg, until the truck leaves. */
  readonly settledAfterMs: number;
  /** What the deck feels, in kg: 0 before the first axle and after the last. */
  loadKgAt(tMs: number): number;
  /** Whether a wheel stands in the beam across the end of the deck where trucks drive on, or off. */
  cutsBeam(tMs: number, end: 'entry' | 'exit'): boolean;
  /** Tells a truck that stopped short to pull forward from `atMs` on. @returns when its last axle is on */
  pullForward(atMs: number): number;
  /**
   * Tells the truck, which must stand on the deck, to drive off from `atMs` on. Once only.
   * @returns when the last axle is off
   */
  leave(atMs: number): number;
}

/**
 * A truck driving onto the deck axle by axle (0.8 to 1.5 s apart), swaying at 1 to 3 Hz for 2 to 4 s, then standing
 * with its engine running until it is told to leave. The load is a pure function of time and of the random stream.
 * @param massKg above 0
 * @param truck.axles 2 to 9
 * @param truck.stopsShort it stops with its last axle half on the deck, until it is told to pull forward
 */
export function truckOnDeck(truck: {
  massKg: number;
  axles: number;
  random: Random;
  stopsShort?: boolean;
}): TruckPass {
  const { massKg, axles, random, stopsShort = false } = truck;
  assert(massKg > 0, `a truck has a mass, not ${massKg} kg`);
  assert(Number.isInteger(axles) && axles >= 2 && axles <= 9, `2 to 9 axles, not ${axles}`);

  const shares = sharesOf(axles, random.fork('shares'));
  const onAtMs = axleTimesOf(axles, random.fork('roll-on'));
  const offAfterMs = axleTimesOf(axles, random.fork('roll-off'));
  const lastAxleOnAfterMs = lastOf(onAtMs) + AXLE_ROLL_MS;
  const engineKg = vibrationOf(random.fork('engine'), { tones: 3, hz: [8, 20], amplitudeKg: [0.3, 1.5] });

  const swayRandom = random.fork('sway');
  const swayHz = swayRandom.between(1, 3);
  const swayDecayMs = swayRandom.between(2000, 4000);
  const swayKg = massKg * swayRandom.between(0.02, 0.05);
  // All axles together sway by at most swayKg, so this constant brings them to SETTLED_SWAY_KG in swayDecayMs.
  const swayTimeConstantMs = swayDecayMs / Math.max(1, Math.log(swayKg / SETTLED_SWAY_KG));
  const swayAt = (sinceMs: number) =>
    sinceMs <= 0
      ? 0
      : Math.sin((2 * Math.PI * swayHz * sinceMs) / 1000) * Math.exp(-sinceMs / swayTimeConstantMs);

  let leaveAtMs = Number.POSITIVE_INFINITY;
  let forwardAtMs = stopsShort ? Number.POSITIVE_INFINITY : lastOf(onAtMs);

  /** How far an axle has rolled on; the last one of a truck that stopped short waits half on. */
  const rolledOn = (axle: number, tMs: number) => {
    const part = rolledPart(tMs - (onAtMs[axle] ?? 0));
    if (axle < axles - 1) return part;
    return Math.max(Math.min(part, HALF_ON), rolledPart(tMs - forwardAtMs));
  };
  const rolledOff = (axle: number, tMs: number) => rolledPart(tMs - leaveAtMs - (offAfterMs[axle] ?? 0));

  return {
    massKg,
    lastAxleOnAfterMs,
    settledAfterMs: lastAxleOnAfterMs + swayDecayMs,
    loadKgAt(tMs) {
      let onDeck = 0;
      let sway = 0;
      for (const [axle, share] of shares.entries()) {
        const onMs = onAtMs[axle] ?? 0;
        const offMs = leaveAtMs + (offAfterMs[axle] ?? 0);
        onDeck += share * (rolledOn(axle, tMs) - rolledOff(axle, tMs));
        sway += share * (swayAt(tMs - onMs - AXLE_ROLL_MS) + swayAt(tMs - offMs));
      }
      return onDeck * (massKg + swayKg * sway + engineKg(tMs));
    },
    cutsBeam: (tMs, end) =>
      shares.some((_, axle) => {
        const part = end === 'entry' ? rolledOn(axle, tMs) : rolledOff(axle, tMs);
        return part > 0 && part < 1;
      }),
    pullForward(atMs) {
      assert(forwardAtMs === Number.POSITIVE_INFINITY, 'the truck did not stop short');
      forwardAtMs = atMs;
      return atMs + AXLE_ROLL_MS;
    },
    leave(atMs) {
      assert(forwardAtMs < Number.POSITIVE_INFINITY, 'the truck has to pull forward first');
      assert(leaveAtMs === Number.POSITIVE_INFINITY, 'the truck is leaving already');
      assert(atMs >= lastAxleOnAfterMs, 'the truck is not on the deck yet');
      leaveAtMs = atMs;
      return atMs + lastOf(offAfterMs) + AXLE_ROLL_MS;
    },
  };
}

/** What part of the mass each axle carries; they add up to 1. */
function sharesOf(axles: number, random: Random): number[] {
  const weights = Array.from({ length: axles }, () => random.between(0.8, 1.2));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** When each axle passes the edge of the deck, in ms after the first. */
function axleTimesOf(axles: number, random: Random): number[] {
  const times = [0];
  while (times.length < axles) times.push(lastOf(times) + random.between(800, 1500));
  return times;
}

/** How much of an axle is over the edge: 0 to 1, without a jerk at either end. */
function rolledPart(sinceMs: number): number {
  const part = Math.min(1, Math.max(0, sinceMs / AXLE_ROLL_MS));
  return part * part * (3 - 2 * part);
}

function lastOf(times: readonly number[]): number {
  return times.at(-1) ?? 0;
}
