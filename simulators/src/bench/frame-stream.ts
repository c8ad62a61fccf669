import { readCorpora } from '@weighgate/edge-agent/src/indicator/corpus/read-corpus.ts';
import { decodeCapture } from '@weighgate/edge-agent/src/indicator/decode-capture.ts';
import { framerOf } from '@weighgate/edge-agent/src/indicator/framer.ts';
import type { Indicator } from '@weighgate/edge-agent/src/indicator/indicator.ts';
import { indicatorOf } from '@weighgate/edge-agent/src/indicator/models.ts';
import type { Reading } from '@weighgate/edge-agent/src/indicator/reading.ts';
import { decoderOptionsOf } from '../decoder-options.ts';
import { protocols } from '../indicator-simulator/protocols.ts';
import { grossKg } from '../indicator-simulator/showing.ts';
import type { SimulatedProtocol } from '../indicator-simulator/simulated-protocol.ts';
import { seededRandom } from '../random.ts';

const CHUNK_BYTES = 4096;
const DIFFERENT_WEIGHTS = 1000;
const [INTERVAL_KG, MAX_INTERVALS] = [20, 2999];

/** Bytes as one indicator sends them, every frame of them a weight, and the indicator as the agent has it. */
export interface FrameStream {
  indicator: Indicator;
  frames: number;
  chunks: readonly Uint8Array[];
}

/**
 * A stream of so many weights in the words of a model: from the simulated indicator, or for a model without one the
 * frames of its corpus over and over.
 * @throws Error when a frame of it is not read as exactly one weight
 */
export function frameStreamOf(model: string, frames: number): FrameStream {
  const protocol = protocols.get(model);
  const { indicator, different } = protocol === undefined ? fromCorpus(model) : fromSimulator(protocol);
  const repeated = Array.from({ length: Math.ceil(frames / different.length) }, () => different);
  return { indicator, frames, chunks: chunksOf(repeated.flat().slice(0, frames)) };
}

/** The bytes of frames as a busy line hands them over. */
export function chunksOf(frames: readonly Uint8Array[]): Uint8Array[] {
  const bytes = Buffer.concat(frames);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) chunks.push(bytes.subarray(at, at + CHUNK_BYTES));
  return chunks;
}

/** Bytes in, readings with their raw frames out. @throws Error when not every frame gives one */
export function decodeStream({ indicator, frames, chunks }: FrameStream): void {
  let latest: { reading: Reading; frame: Uint8Array } | undefined;
  let readings = 0;
  const framer = framerOf(
    indicator.framing,
    {
      frame(frame) {
        const decoded = indicator.decode(frame);
        if (decoded.kind !== 'reading') throw new Error('a good frame is no reading');
        latest = { reading: decoded.reading, frame };
        readings += 1;
      },
      discarded(bytes) {
        throw new Error(`${bytes.length} good bytes were discarded`);
      },
    },
    { aligned: true },
  );
  for (const chunk of chunks) framer.push(chunk);
  if (readings !== frames || latest === undefined)
    throw new Error(`${indicator.model}: ${readings} readings from ${frames} frames`);
}

/** Looks at every byte, for the byte that the stream begins with. */
export function scanStream({ indicator, chunks }: FrameStream): void {
  const first = chunks[0]?.[0];
  let found = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += 1) if (chunk[at] === first) found += 1;
  }
  if (found === 0) throw new Error(`${indicator.model}: the scan found nothing`);
}

interface Source {
  indicator: Indicator;
  /** Each frame once. */
  different: readonly Uint8Array[];
}

function fromSimulator(protocol: SimulatedProtocol): Source {
  const { name } = protocol;
  const random = seededRandom(1);
  const indicator = indicatorOf({ model: name, ...decoderOptionsOf(name, grossKg(0)) });
  const different = Array.from({ length: DIFFERENT_WEIGHTS }, () => {
    const indication = grossKg(random.whole(0, MAX_INTERVALS) * INTERVAL_KG);
    const panel = { indication, press: () => 'refused' as const, stream: () => undefined };
    const asked = indicator.enquiry === undefined ? null : protocol.answer(indicator.enquiry, panel);
    const frame = asked ?? protocol.encode(indication);
    if (frame === null || !isOneWeight(indicator, frame))
      throw new Error(`${name} does not read the ${indication.displayed} kg its simulated indicator sends`);
    return frame;
  });
  return { indicator, different };
}

/** The corpus of one set of options, those of its first weight. */
function fromCorpus(model: string): Source {
  const vectors = readCorpora().get(model) ?? [];
  for (const { options } of vectors) {
    const { sync: _, ...given } = options;
    const indicator = indicatorOf({ model, ...given });
    const different = vectors
      .filter((vector) => JSON.stringify(vector.options) === JSON.stringify(options))
      .map(({ bytesHex }) => Buffer.from(bytesHex, 'hex'))
      .filter((bytes) => isOneWeight(indicator, bytes));
    if (different.length > 0) return { indicator, different };
  }
  throw new Error(`${model} has neither a simulated indicator nor a weight in its corpus`);
}

function isOneWeight(indicator: Indicator, bytes: Uint8Array): boolean {
  const { readings, discardedBytes, pendingBytes } = decodeCapture(indicator, [bytes], true);
  const [reading] = readings;
  const isWeight = reading !== undefined && 'value' in reading && typeof reading.value === 'string';
  return readings.length === 1 && isWeight && discardedBytes + pendingBytes === 0;
}
