import { framerOf } from './framer.ts';
import type { Indicator } from './indicator.ts';
import type { Facts, Reading } from './reading.ts';

/** A reading or an answer as a person or another program sees it: every fact under its own name, none nested. */
export type FlatReading = Omit<Reading, 'details'> | Facts;

/** What a run of bytes holds. */
export interface CaptureReading {
  /** `incomplete`: nothing but the beginning of a frame. `reject`: bytes, and no reading among them. */
  outcome: 'reading' | 'incomplete' | 'reject';
  /** Readings and answers, in the order they came. */
  readings: FlatReading[];
  discardedBytes: number;
  pendingBytes: number;
}

/**
 * Decodes bytes as they would come over a line, chunk by chunk.
 * @param aligned whether the first byte begins a frame; undefined takes it so for what is one line at most
 */
export function decodeCapture(
  indicator: Indicator,
  chunks: readonly Uint8Array[],
  aligned?: boolean,
): CaptureReading {
  const readings: FlatReading[] = [];
  let discardedBytes = 0;
  const framer = framerOf(
    indicator.framing,
    {
      frame(frame) {
        const decoded = indicator.decode(frame);
        if (decoded.kind === 'reading') readings.push(flat(decoded.reading));
        else if (decoded.kind === 'answer') readings.push(decoded.facts);
        else discardedBytes += frame.length;
      },
      discarded(bytes) {
        discardedBytes += bytes.length;
      },
    },
    { aligned: aligned ?? isOneLine(indicator, chunks), stripParity: indicator.stripParity },
  );
  for (const chunk of chunks) framer.push(chunk);
  const pendingBytes = framer.pendingBytes();
  const incomplete = pendingBytes > 0 && discardedBytes === 0;
  const outcome = readings.length > 0 ? 'reading' : incomplete ? 'incomplete' : 'reject';
  return { outcome, readings, discardedBytes, pendingBytes };
}

function flat({ details, ...reading }: Reading): FlatReading {
  return { ...reading, ...details };
}

function isOneLine({ framing }: Indicator, chunks: readonly Uint8Array[]): boolean {
  if (framing.kind !== 'lines') return true;
  const text = Buffer.concat(chunks).toString('latin1');
  const firstEnd = text.indexOf(framing.terminator);
  return firstEnd === -1 || firstEnd + framing.terminator.length === text.length;
}
