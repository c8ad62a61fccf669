import type { Clock } from '@weighgate/protocol';
import type { Random } from '../random.ts';
import type { CloudProcess } from './cloud-process.ts';
import type { CloudStore } from './cloud-store.ts';
import type { History } from './history.ts';

const MEAN_PAUSE_MS = 4 * 60_000;
const always = { validFrom: null, validTo: null };

/** People at the office change lists: providers come and go, containers get tares. */
export async function changeMasterData(
  store: CloudStore,
  cloud: CloudProcess,
  { clock, random, history, untilMs }: { clock: Clock; random: Random; history: History; untilMs: number },
): Promise<void> {
  const draw = random.fork('office');
  while (clock.monotonicMs() < untilMs) {
    await clock.sleep(-Math.log(1 - draw.next()) * MEAN_PAUSE_MS);
    if (!cloud.isUp()) continue;
    const number = draw.whole(1, 12);
    const isContainer = draw.next() < 0.5;
    const isRemoved = draw.next() < 0.2;
    const body = isContainer
      ? { container: `C${number}`, tares: [{ tareG: draw.whole(100, 900) * 1000, ...always }] }
      : { providerId: number, name: `Provider ${number}`, status: 'active', ...always };
    const entity = isContainer ? 'container' : 'provider';
    const id = isContainer ? `C${number}` : String(number);
    const revision = await store.changeMasterData(entity, id, isRemoved ? null : JSON.stringify(body));
    history.note(`master data is at ${revision}`);
    cloud.nudge(revision);
  }
}
