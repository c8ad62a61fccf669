import { framerOf } from '@weighgate/edge-agent/src/indicator/framer.ts';
import { indicatorOf } from '@weighgate/edge-agent/src/indicator/models.ts';
import type { Reading } from '@weighgate/edge-agent/src/indicator/reading.ts';
import { SimulatedIndicator } from '../indicator-simulator/indicator.ts';
import { encodeMtContinuous } from '../indicator-simulator/mt-continuous.ts';
import { seededRandom } from '../random.ts';
import { type BenchResult, medianOf, perSecond } from './result.ts';

const FRAMES = 200_000;
const CHUNK_BYTES = 4096;
const ROUNDS = 9;
const STX = 0x02;

/** Mettler-Toledo frames decoded per second on one core, against looking at the same bytes for the start byte only. */
export function benchFrames(): BenchResult {
  const chunks = framesInChunks();
  const ratios: number[] = [];
  let [bestDecodeMs, bestScanMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round += 1) {
    const scanMs = timed(() => scan(chunks));
    const decodeMs = timed(() => decode(chunks));
    ratios.push(scanMs / decodeMs);
    bestScanMs = Math.min(bestScanMs, scanMs);
    bestDecodeMs = Math.min(bestDecodeMs, decodeMs);
  }
  return {
    name: 'frames',
    value: medianOf(ratios),
    goal: 0.1,
    details: [
      `bytes in, readings with their raw frames out: ${perSecond(FRAMES, bestDecodeMs)} frames`,
      `bare scan of the same bytes for the start byte: ${perSecond(FRAMES, bestScanMs)} frames`,
    ],
  };
}

function framesInChunks(): Uint8Array[] {
  const random = seededRandom(1);
  const indicator = new SimulatedIndicator();
  const frames = Array.from({ length: FRAMES }, (_, index) =>
    encodeMtContinuous(indicator.sample(random.between(0, 50_000), index * 50)),
  );
  const bytes = Buffer.concat(frames);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) chunks.push(bytes.subarray(at, at + CHUNK_BYTES));
  return chunks;
}

function scan(chunks: readonly Uint8Array[]): void {
  let found = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += 1) if (chunk[at] === STX) found += 1;
  }
  if (found < FRAMES) throw new Error(`the scan found ${found} start bytes in ${FRAMES} frames`);
}

function decode(chunks: readonly Uint8Array[]): void {
  const indicator = indicatorOf({ model: 'mt-continuous' });
  let latest: { reading: Reading; frame: Uint8Array } | undefined;
  let readings = 0;
  const framer = framerOf(indicator.framing, {
    frame(frame) {
      const decoded = indicator.decode(frame);
      if (decoded.kind !== 'reading') throw new Error('a good frame is no reading');
      latest = { reading: decoded.reading, frame };
      readings += 1;
    },
    discarded(bytes) {
      throw new Error(`${bytes.length} good bytes were discarded`);
    },
  });
  for (const chunk of chunks) framer.push(chunk);
  if (readings !== FRAMES || latest === undefined)
    throw new Error(`${readings} readings from ${FRAMES} frames`);
}

function timed(work: () => void): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}
