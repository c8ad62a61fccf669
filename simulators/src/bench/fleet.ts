import { parseArgs } from 'node:util';
import { SPREAD_PER_DEVICE_MS } from '@weighgate/cloud-api/src/inbox/greet.ts';
import type { OpenDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { everyDeviceTopic, systemClock } from '@weighgate/protocol';
import { connectAsync } from 'mqtt';
import { z } from 'zod';
import { startFaultyNetwork } from '../faulty-network.ts';
import { seededRandom } from '../random.ts';
import { startLightFleet, weighSteadily } from './light-fleet.ts';
import { startMeasuredCloud } from './measured-cloud.ts';
import { type BenchResult, percentileOf } from './result.ts';

const BARE_COMMITS = 1_000;
const ENTRY_BYTES = 1_000;
/** Retries begin after this, so a greeting that was lost comes again. */
const PATIENCE_MS = 10_000;
const clock = systemClock;
const options = {
  sites: { type: 'string', default: '1000' },
  'per-second': { type: 'string', default: '50' },
  seconds: { type: 'string', default: '30' },
  reconnecting: { type: 'string', default: '200' },
} as const;
const sizeSchema = z.coerce.number().pipe(z.int().positive());

/**
 * Many sites on one cloud. First all weigh at a steady rate: the time to a receipt against a bare durable commit of one
 * row on the same server. Then some lose their connection in one moment, weigh, and come back.
 * @param args `--sites 1000 --per-second 50 --seconds 30 --reconnecting 200`
 */
export async function benchFleet(args: readonly string[]): Promise<BenchResult[]> {
  const { values } = parseArgs({ args: [...args], options });
  const count = sizeSchema.parse(values.sites);
  const perSecond = sizeSchema.parse(values['per-second']);
  const seconds = sizeSchema.parse(values.seconds);
  const reconnecting = Math.min(count, sizeSchema.parse(values.reconnecting));

  await using cloud = await startMeasuredCloud('fleet');
  const port = Number(new URL(cloud.brokerUrl).port);
  await using network = await startFaultyNetwork({
    clock,
    random: seededRandom(2),
    target: { host: '127.0.0.1', port },
  });
  await cloud.serve();
  // Those that will be cut off come last: the time they are asked to spread over is that of the whole fleet.
  const isCut = (index: number) => index >= count - reconnecting;
  const urlOf = (index: number) => (isCut(index) ? `mqtt://127.0.0.1:${network.port}` : cloud.brokerUrl);
  await using fleet = await startLightFleet(count, urlOf, cloud.database);
  const bare = await timeCommits(cloud.database);
  const receipts = await weighSteadily(fleet.sites, { perSecond, seconds, seed: 3 });

  await using hellos = await countHellos(cloud.brokerUrl);
  const cutMs = clock.monotonicMs();
  network.cutAll();
  const cut = fleet.sites.filter((_, index) => isCut(index));
  await Promise.all(cut.map((site) => site.weigh()));
  const syncedMs = clock.monotonicMs() - cutMs;
  const peak = hellos.peakPerSecond();

  const [bareP50, bareP99] = [percentileOf(bare, 50), percentileOf(bare, 99)];
  const [p50, p99] = [percentileOf(receipts, 50), percentileOf(receipts, 99)];
  const spreadMs = count * SPREAD_PER_DEVICE_MS;
  const askedPerSecond = 1000 / SPREAD_PER_DEVICE_MS;
  return [
    {
      name: 'fleet-receipt',
      value: bareP99 / p99,
      goal: 0.05,
      details: [
        `${receipts.length} receipts of ${count} sites at ${perSecond}/s: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
        `a bare durable commit of one row: p50 ${bareP50.toFixed(2)} ms, p99 ${bareP99.toFixed(2)} ms`,
      ],
    },
    {
      name: 'fleet-reconnect',
      value: (spreadMs + PATIENCE_MS) / syncedMs,
      goal: 1,
      details: [
        `${reconnecting} sites cut off at once, all with a weighing to tell, were synced after ${(syncedMs / 1000).toFixed(1)} s; asked to spread over ${spreadMs / 1000} s`,
      ],
    },
    {
      name: 'fleet-hello-peak',
      value: askedPerSecond / Math.max(1, peak),
      goal: 1,
      details: [`HELLOs in the busiest second: ${peak}; the spread is made for ${askedPerSecond}/s`],
    },
  ];
}

/** The least a receipt can cost: one row of an entry's size, committed. @returns ms each */
async function timeCommits({ pool }: OpenDatabase): Promise<number[]> {
  await pool.query('create table bare_rows (id bigint generated always as identity primary key, value text)');
  const client = await pool.connect();
  try {
    const times: number[] = [];
    for (let row = 0; row < BARE_COMMITS; row += 1) {
      const startedMs = clock.monotonicMs();
      await client.query('insert into bare_rows (value) values ($1)', ['x'.repeat(ENTRY_BYTES)]);
      times.push(clock.monotonicMs() - startedMs);
    }
    return times;
  } finally {
    client.release();
  }
}

/** Listens along at the broker from now on. */
async function countHellos(brokerUrl: string): Promise<{ peakPerSecond(): number } & AsyncDisposable> {
  const heardMs: number[] = [];
  const client = await connectAsync(brokerUrl, { clientId: 'bench-observer' });
  client.on('message', (_, payload) => {
    if (payload.subarray(0, 200).includes('"type":"hello"')) heardMs.push(clock.monotonicMs());
  });
  await client.subscribeAsync(everyDeviceTopic('up'), { qos: 0 });
  return {
    peakPerSecond: () => {
      let [peak, oldest] = [0, 0];
      heardMs.forEach((atMs, place) => {
        while ((heardMs[oldest] ?? atMs) <= atMs - 1000) oldest += 1;
        peak = Math.max(peak, place - oldest + 1);
      });
      return peak;
    },
    [Symbol.asyncDispose]: async () => void (await client.endAsync(true)),
  };
}
