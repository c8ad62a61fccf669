import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startLightFleet, weighSteadily } from './light-fleet.ts';
import { startMeasuredCloud } from './measured-cloud.ts';
import { type BenchResult, percentileOf } from './result.ts';

const TIMES = 100;
const LIMIT_MS = 300;
/** Weighings a second of one device in its right mind: far more than any weighbridge does. */
const PER_SECOND = 0.5;
const options = {
  sites: { type: 'string', default: '40' },
  seconds: { type: 'string', default: '20' },
} as const;
const sizeSchema = z.coerce.number().pipe(z.int().positive());

/**
 * One device weighs at a hundred times its rate; how long the receipts of the others take.
 * @param args `--sites 40 --seconds 20`: the others, and how long each of the two measurements lasts
 */
export async function benchNoisy(args: readonly string[]): Promise<BenchResult[]> {
  const { values } = parseArgs({ args: [...args], options });
  const count = sizeSchema.parse(values.sites);
  const seconds = sizeSchema.parse(values.seconds);
  await using cloud = await startMeasuredCloud('noisy');
  await cloud.serve();
  await using fleet = await startLightFleet(count + 1, () => cloud.brokerUrl, cloud.database);
  const others = fleet.sites.slice(1);
  const usual = { perSecond: PER_SECOND * count, seconds };
  const quiet = await weighSteadily(others, { ...usual, seed: 4 });
  const noise = weighSteadily(fleet.sites.slice(0, 1), { perSecond: PER_SECOND * TIMES, seconds, seed: 5 });
  const disturbed = await weighSteadily(others, { ...usual, seed: 6 });
  const noisy = await noise;
  const wordsOf = (receipts: readonly number[]) =>
    `p50 ${percentileOf(receipts, 50).toFixed(1)} ms, p99 ${percentileOf(receipts, 99).toFixed(1)} ms`;
  return [
    {
      name: 'noisy',
      value: LIMIT_MS / percentileOf(disturbed, 99),
      goal: 1,
      details: [
        `receipts of ${count} sites at ${PER_SECOND}/s each: ${wordsOf(quiet)}`,
        `the same while one weighs at ${PER_SECOND * TIMES}/s: ${wordsOf(disturbed)}`,
        `the one's own: ${wordsOf(noisy)}`,
      ],
    },
  ];
}
