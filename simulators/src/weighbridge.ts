import { strict as assert } from 'node:assert';
import type { Clock } from '@weighgate/protocol';
import { type IndicatorSpeech, openIndicatorLines } from './indicator-lines.ts';
import {
  type Indication,
  type IndicatorButton,
  type IndicatorOptions,
  SimulatedIndicator,
} from './indicator-simulator/indicator.ts';
import { mtContinuous } from './indicator-simulator/mt-continuous.ts';
import type { Random } from './random.ts';
import { type TruckPass, truckOnDeck } from './truck.ts';
import { windOnDeck } from './wind.ts';

/** The indicator's converter: a sample of the load every 20 ms of the deck's time. */
const SAMPLE_MS = 20;
/** After a pause of the process at most this many samples are caught up: 20 s of the deck's time. */
const MAX_SAMPLES_AT_ONCE = 1000;

/** Takes one frame. Must not throw: an indicator does not notice who reads it. */
export type FrameSink = (frame: Uint8Array) => void;

/** Whatever sends frames to any number of lines. */
export interface FrameSource {
  /** @returns call it to detach */
  attach(sink: FrameSink): () => void;
  /** Bytes that came in on the line of a sink; what is answered goes to that sink. Without it nobody listens. */
  hear?(sink: FrameSink, bytes: Uint8Array): void;
}

export interface WeighbridgeOptions {
  clock: Clock;
  random: Random;
  indicator?: IndicatorOptions;
  /** How the indicator speaks. Default Mettler-Toledo continuous with its checksum. */
  speech?: IndicatorSpeech;
  /** What goes wrong in the indicator itself: shown instead of what it should show. Default nothing. */
  disturb?: (indication: Indication) => Indication;
  /** Something that lies on the deck all the time, in kg. Default 0. */
  leftOnDeckKg?: number;
  /** Frames per second of the clock. Default 20. */
  frameRateHz?: number;
  /** How many times faster than the clock trucks drive, sway and settle, and the indicator watches. Default 1. */
  speed?: number;
}

/** A simulated weighbridge: one deck, one truck at most, one indicator that sends frames until disposed of. */
export interface Weighbridge extends Required<FrameSource>, AsyncDisposable {
  /**
   * Drives a truck onto the deck, which must be empty; resolves when its last axle is on. The sway comes after.
   * Rejects when the weighbridge is disposed of meanwhile.
   * @param axles 2 to 9; drawn from 2 to 5 when left out
   * @param how `stopsShort`: its last axle stays half on the deck, with a wheel in the beam of the entry
   */
  driveOn(massKg: number, axles?: number, how?: { stopsShort: boolean }): Promise<void>;
  /** Lets a truck that stopped short drive wholly on; resolves when its last axle is on. */
  pullForward(): Promise<void>;
  /** Whether a wheel stands now in the beam across the end where trucks drive on, or off. */
  isBeamCut(end: 'entry' | 'exit'): boolean;
  /** Drives the truck off; resolves when the deck is empty. Rejects when the weighbridge is disposed of meanwhile. */
  driveOff(): Promise<void>;
  /** What the deck feels now, in kg, wind included. */
  loadKg(): number;
  /** What the display would show now, were nothing wrong with the indicator. */
  indication(): Indication;
  press(button: IndicatorButton): 'done' | 'refused';
}

export function startWeighbridge(options: WeighbridgeOptions): Weighbridge {
  const { clock, random, indicator: indicatorOptions = {}, speech = { protocol: mtContinuous } } = options;
  const { frameRateHz = 20, speed = 1, leftOnDeckKg = 0, disturb = (indication) => indication } = options;
  assert(frameRateHz > 0 && frameRateHz <= 1000, `0 to 1000 frames a second, not ${frameRateHz}`);
  assert(speed > 0, `a speed above 0, not ${speed}`);

  const indicator = new SimulatedIndicator(indicatorOptions);
  const windKg = windOnDeck(random.fork('wind'));
  const closing = new AbortController();
  const startedMs = clock.monotonicMs();
  const deckMs = () => (clock.monotonicMs() - startedMs) * speed;

  let truck:
    | { pass: TruckPass; touchedMs: number; state: 'rolling on' | 'standing' | 'rolling off' }
    | undefined;
  let trucksSoFar = 0;
  const loadKgAt = (tMs: number) =>
    leftOnDeckKg + windKg(tMs) + (truck === undefined ? 0 : truck.pass.loadKgAt(tMs - truck.touchedMs));

  let sampledMs = 0;
  indicator.sample(loadKgAt(0), 0);
  const sampleUntil = (tMs: number) => {
    sampledMs = Math.max(sampledMs, tMs - MAX_SAMPLES_AT_ONCE * SAMPLE_MS);
    while (sampledMs + SAMPLE_MS <= tMs) {
      sampledMs += SAMPLE_MS;
      indicator.sample(loadKgAt(sampledMs), sampledMs);
    }
  };
  const undisturbed = () => {
    sampleUntil(deckMs());
    return indicator.shown();
  };
  const indication = () => disturb(undisturbed());
  const press = (button: IndicatorButton) => indicator.press(button);
  const lines = openIndicatorLines(speech, { indication, press }, clock);

  const sendFrames = async () => {
    const periodMs = 1000 / frameRateHz;
    let dueMs = startedMs;
    while (!closing.signal.aborted) {
      lines.sendFrame();
      const nowMs = clock.monotonicMs();
      dueMs = Math.max(dueMs + periodMs, nowMs);
      await sleepUntilClosed(dueMs - nowMs);
    }
  };
  const sleepUntilClosed = async (durationMs: number) => {
    try {
      await clock.sleep(durationMs, closing.signal);
    } catch (error) {
      if (!closing.signal.aborted) throw error;
    }
  };
  const sending = sendFrames();

  return {
    async driveOn(massKg, axles, { stopsShort } = { stopsShort: false }) {
      assert(truck === undefined, 'a truck is on the deck already');
      trucksSoFar += 1;
      const truckRandom = random.fork(`truck ${trucksSoFar}`);
      const pass = truckOnDeck({
        massKg,
        axles: axles ?? truckRandom.whole(2, 5),
        random: truckRandom,
        stopsShort,
      });
      const arriving = { pass, touchedMs: deckMs(), state: 'rolling on' as const };
      truck = arriving;
      await clock.sleep(pass.lastAxleOnAfterMs / speed, closing.signal);
      truck = { ...arriving, state: 'standing' };
    },

    async pullForward() {
      assert(truck?.state === 'standing', 'no truck stands on the deck');
      const nowMs = deckMs() - truck.touchedMs;
      await clock.sleep((truck.pass.pullForward(nowMs) - nowMs) / speed, closing.signal);
    },

    isBeamCut: (end) => truck?.pass.cutsBeam(deckMs() - truck.touchedMs, end) ?? false,

    async driveOff() {
      assert(truck?.state === 'standing', 'no truck stands on the deck');
      truck = { ...truck, state: 'rolling off' };
      const nowMs = deckMs() - truck.touchedMs;
      const emptyMs = truck.pass.leave(Math.max(nowMs, truck.pass.lastAxleOnAfterMs));
      await clock.sleep((emptyMs - nowMs) / speed, closing.signal);
      truck = undefined;
    },

    loadKg: () => loadKgAt(deckMs()),
    indication: undisturbed,
    press,
    attach: lines.attach,
    hear: lines.hear,

    async [Symbol.asyncDispose]() {
      closing.abort();
      await sending;
      lines.close();
    },
  };
}
