import { indicatorOf, models } from '@weighgate/edge-agent/src/indicator/models.ts';
import { textTable } from '@weighgate/edge-agent/src/text-table.ts';
import { SimulatedIndicator } from '../indicator-simulator/indicator.ts';
import { encodeMtContinuous } from '../indicator-simulator/mt-continuous.ts';
import { seededRandom } from '../random.ts';
import { chunksOf, decodeStream, type FrameStream, frameStreamOf, scanStream } from './frame-stream.ts';
import { type BenchResult, medianOf, perSecond, timed } from './result.ts';

const FRAMES = 200_000;
const ROUNDS = 9;
const FRAMES_EACH = 20_000;
const ROUNDS_EACH = 5;

/** What a serial line at 115 200 baud carries: 10 bits a byte at 8N1, 18 bytes a frame of Mettler-Toledo. */
const LINE_FRAMES_PER_S = 115_200 / 10 / 18;
const SCALES = 8;
/** Decoding may take a tenth of one core when every line is full. */
const SPARE = 10;
const GOAL_PER_S = LINE_FRAMES_PER_S * SCALES * SPARE;

/** Frames decoded per second on one core: Mettler-Toledo against its physical limit, then every model, the slowest named. */
export function benchFrames(): BenchResult[] {
  return [benchMtContinuous(), benchSlowest()];
}

/** Against looking at the same bytes for the start byte only. */
function benchMtContinuous(): BenchResult {
  const { ratio, scanMs, decodeMs } = measured(mtStream(), ROUNDS);
  return {
    name: 'frames',
    value: ratio,
    goal: 0.1,
    details: [
      `bytes in, readings with their raw frames out: ${perSecond(FRAMES, decodeMs)} frames`,
      `bare scan of the same bytes for the start byte: ${perSecond(FRAMES, scanMs)} frames`,
    ],
  };
}

/** Thousands of frames a second of the slowest model, against what eight full serial lines can bring. */
function benchSlowest(): BenchResult {
  const rates = models
    .map(({ name }) => ({ name, ...measured(frameStreamOf(name, FRAMES_EACH), ROUNDS_EACH) }))
    .toSorted((a, b) => b.decodeMs - a.decodeMs);
  const [slowest] = rates;
  if (slowest === undefined) throw new Error('there are no models');
  const table = textTable(
    ['model', 'frames', 'share of a bare scan'],
    rates.map(({ name, decodeMs, ratio }) => [name, perSecond(FRAMES_EACH, decodeMs), ratio.toFixed(4)]),
    [1, 2],
  );
  return {
    name: 'frames-slowest',
    value: FRAMES_EACH / slowest.decodeMs,
    goal: GOAL_PER_S / 1000,
    details: [
      ...table,
      `the slowest is ${slowest.name}; the value is how many lines of 1000 frames/s it keeps up with`,
      `a 115 200 baud line carries ${LINE_FRAMES_PER_S} frames/s of 18 bytes, ${SCALES} lines ${LINE_FRAMES_PER_S * SCALES}; the goal is ${SPARE} times that`,
    ],
  };
}

function mtStream(): FrameStream {
  const random = seededRandom(1);
  const simulated = new SimulatedIndicator();
  const frames = Array.from({ length: FRAMES }, (_, index) =>
    encodeMtContinuous(simulated.sample(random.between(0, 50_000), index * 50)),
  );
  return { indicator: indicatorOf({ model: 'mt-continuous' }), frames: FRAMES, chunks: chunksOf(frames) };
}

interface Measured {
  /** Median of scan against decoding, round by round. */
  ratio: number;
  /** The best round. */
  scanMs: number;
  decodeMs: number;
}

function measured(stream: FrameStream, rounds: number): Measured {
  const times = Array.from({ length: rounds }, () => ({
    scanMs: timed(() => scanStream(stream)),
    decodeMs: timed(() => decodeStream(stream)),
  }));
  return {
    ratio: medianOf(times.map(({ scanMs, decodeMs }) => scanMs / decodeMs)),
    scanMs: Math.min(...times.map(({ scanMs }) => scanMs)),
    decodeMs: Math.min(...times.map(({ decodeMs }) => decodeMs)),
  };
}
