import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { LineEvent } from '../line/kept-line.ts';
import { type Line, LineError } from '../line/line.ts';
import { framerOf } from './framer.ts';
import type { Indicator } from './indicator.ts';
import type { LineHealth } from './line-state.ts';
import type { Decoded, Reading } from './reading.ts';

/** A reading with the frame it came from and when it came, by the monotonic clock. */
export interface FramedReading {
  reading: Reading;
  frame: Uint8Array;
  atMs: number;
}

/** A frame that its model understood: a reading, or an answer to what was asked. */
export interface GoodFrame {
  decoded: Exclude<Decoded, { kind: 'rejected' }>;
  frame: Uint8Array;
}

export interface IndicatorReader {
  health(): Readonly<LineHealth>;
  /** Writes to the line that is up now. @throws LineError when none is, or when it takes no bytes */
  write(bytes: Uint8Array): Promise<void>;
  /** Tells of every good frame, after its reading was passed on. @returns what ends it */
  onGoodFrame(listener: (good: GoodFrame) => void): () => void;
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
    downCode: null,
    upSinceMs: null,
    frames: 0,
    rejectedFrames: 0,
    discardedBytes: 0,
    discardedSampleHex: null,
    lastByteAtMs: null,
    lastGoodFrameAtMs: null,
    lastReadingAtMs: null,
  };
  let write: Line['write'] | null = null;
  const listeners = new Set<(good: GoodFrame) => void>();

  const sink = {
    frame(frame: Uint8Array) {
      health.frames += 1;
      const decoded = indicator.decode(frame);
      if (decoded.kind === 'rejected') {
        health.rejectedFrames += 1;
        health.discardedSampleHex = hexOf(frame);
        log.warn({ hex: Buffer.from(frame).toString('hex'), reason: decoded.reason }, 'frame.rejected');
        return;
      }
      const atMs = clock.monotonicMs();
      health.lastGoodFrameAtMs = atMs;
      if (decoded.kind === 'reading') {
        health.lastReadingAtMs = atMs;
        onReading({ reading: decoded.reading, frame, atMs });
      } else {
        log.debug({ facts: decoded.facts }, 'indicator.answered');
      }
      for (const listener of listeners) listener({ decoded, frame });
    },
    discarded(bytes: Uint8Array) {
      health.discardedBytes += bytes.length;
      health.discardedSampleHex = hexOf(bytes);
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
        write = event.write;
        const upSinceMs = clock.monotonicMs();
        Object.assign(health, {
          lineUp: true,
          lineName: event.name,
          downReason: null,
          downCode: null,
          upSinceMs,
        });
      } else {
        write = null;
        Object.assign(health, {
          lineUp: false,
          downReason: event.reason.message,
          downCode: event.reason.code,
          upSinceMs: null,
        });
      }
    }
    write = null;
    health.lineUp = false;
  }

  return {
    health: () => health,
    write: async (bytes) => {
      if (write === null) throw new LineError('line_lost', health.downReason ?? 'the line is not open yet');
      await write(bytes);
    },
    onGoodFrame: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    done: run(),
  };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, SAMPLE_BYTES)).toString('hex');
}
