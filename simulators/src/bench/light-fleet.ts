import { registerSigningKey } from '@weighgate/cloud-api/src/fleet/signing-keys.ts';
import type { OpenDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { systemClock } from '@weighgate/protocol';
import { seededRandom } from '../random.ts';
import { type LightSite, lightSite } from './light-site.ts';

/** Sites that come up at the same time; as many as one broker may hold waiting for the cloud are never reached. */
const TOGETHER = 20;
const POLL_MS = 20;
const PATIENCE_MS = 120_000;
const clock = systemClock;

/** Sites, each enrolled with its key. Disposing lets them say goodbye. */
export interface LightFleet extends AsyncDisposable {
  sites: readonly LightSite[];
}

/** Puts sites on file, connects them a few at a time and waits until each has been welcomed. */
export async function startLightFleet(
  count: number,
  brokerUrlOf: (index: number) => string,
  database: OpenDatabase,
): Promise<LightFleet> {
  await using undo = new AsyncDisposableStack();
  const random = seededRandom(1);
  const sites = Array.from({ length: count }, (_, index) =>
    lightSite(`site-${index + 1}`, random.fork(`site-${index}`).next),
  );
  await database.db.transaction().execute(async (trx) => {
    for (const { device, publicKey } of sites) await registerSigningKey(trx, { device, publicKey }, clock);
  });
  const deadlineMs = clock.monotonicMs() + PATIENCE_MS;
  for (let first = 0; first < count; first += TOGETHER) {
    const next = sites.slice(first, first + TOGETHER);
    for (const [place, site] of next.entries()) undo.use(site).connect(brokerUrlOf(first + place));
    while (!next.every((site) => site.isStreaming())) {
      if (clock.monotonicMs() > deadlineMs) throw new Error('not every site was welcomed');
      await clock.sleep(POLL_MS);
    }
  }
  const kept = undo.move();
  return { sites, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/**
 * Lets sites weigh, one truck after the other at an even rate, each at a site by chance.
 * @returns from the weighing to the receipt, in ms, of each
 */
export async function weighSteadily(
  sites: readonly LightSite[],
  { perSecond, seconds, seed }: { perSecond: number; seconds: number; seed: number },
): Promise<number[]> {
  const random = seededRandom(seed);
  const startedMs = clock.monotonicMs();
  const receipts: Promise<number>[] = [];
  for (let weighing = 0; weighing < perSecond * seconds; weighing += 1) {
    const dueMs = startedMs + (weighing * 1000) / perSecond;
    const earlyMs = dueMs - clock.monotonicMs();
    if (earlyMs > 0) await clock.sleep(earlyMs);
    receipts.push(random.pick(sites).weigh());
  }
  return Promise.all(receipts);
}
