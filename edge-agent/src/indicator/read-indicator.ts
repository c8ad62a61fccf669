import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { LineEvent } from '../line/kept-line.ts';
import { framerOf } from './framer.ts';
import type { Indicator } from './indicator.ts';
import type { Reading } from './reading.ts';

/** A reading with the frame it came from and when it came, by the monotonic clock. */
export interface FramedReading {
  reading: Reading;
  frame: Uint8Array;
  atMs: number;
}

/** What is known of a line and of the bytes on it, counted since the agent started. */
export interface LineHealth {
  lineUp: boolean;
  lineName: string | null;
  /** Why the line is down, in words; null while it is up. */
  downReason: string | null;
  frames: number;
  rejectedFrames: number;
  discardedBytes: number;
  /** The first bytes of the latest discarded run, so that a person can see what comes instead of frames. */
  discardedSampleHex: string | null;
  lastByteAtMs: number | null;
  lastReadingAtMs: number | null;
}

export interface IndicatorReader {
  health(): Readonly<LineHealth>;
  /** Resolves when the events end; rejects with what a sink threw. */
  readonly done: Promise<void>;
}

/** Bytes of a discarded run kept to be shown. */
const SAMPLE_BYTES = 32;

export interface ReadIndicatorParts {
  clock: Clock;
  log: Logger;
}

/**
 * Turns line events into readings for as long as the events last. Frames that a model rejects and bytes in no frame
 * are counted and logged, never passed on.
 */
export function readIndicator(
  events: AsyncIterable<LineEvent>,
  indicator: Indicator,
  onReading: (reading: FramedReading) => void,
  { clock, log }: ReadIndicatorParts,
): IndicatorReader {
  const health: LineHealth = {
    lineUp: false,
    lineName: null,
    downReason: null,
    frames: 0,
    rejectedFrames: 0,
    discardedBytes: 0,
    discardedSampleHex: null,
    lastByteAtMs: null,
    lastReadingAtMs: null,
  };

  const sink = {
    frame(frame: Uint8Array) {
      health.frames += 1;
      const decoded = indicator.decode(frame);
      if (decoded.kind === 'rejected') {
        health.rejectedFrames += 1;
        log.warn({ hex: Buffer.from(frame).toString('hex'), reason: decoded.reason }, 'frame.rejected');
        return;
      }
      if (decoded.kind === 'answer') {
        log.debug({ facts: decoded.facts }, 'indicator.answered');
        return;
      }
      const atMs = clock.monotonicMs();
      health.lastReadingAtMs = atMs;
      onReading({ reading: decoded.reading, frame, atMs });
    },
    discarded(bytes: Uint8Array) {
      health.discardedBytes += bytes.length;
      health.discardedSampleHex = Buffer.from(bytes.subarray(0, SAMPLE_BYTES)).toString('hex');
      log.debug({ bytes: bytes.length, hex: health.discardedSampleHex }, 'bytes.discarded');
    },
  };
  const framer = framerOf(indicator.framing, sink, { stripParity: indicator.stripParity });

  async function run(): Promise<void> {
    for await (const event of events) {
      if (event.kind === 'bytes') {
        health.lastByteAtMs = clock.monotonicMs();
        framer.push(event.bytes);
      } else if (event.kind === 'up') {
        // A frame begun on the old connection must not be finished with bytes of the new one.
        framer.dropPending();
        Object.assign(health, { lineUp: true, lineName: event.name, downReason: null });
      } else {
        Object.assign(health, { lineUp: false, downReason: event.reason.message });
      }
    }
    health.lineUp = false;
  }

  return { health: () => health, done: run() };
}
