import { type Clock, MAX_SLEEP_MS } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Store } from './store/open-store.ts';
import type { CheckAlibi } from './weighing/check-alibi.ts';

const DAY_MS = 24 * 3_600_000;
/** Weighings that are looked up each day. */
const SAMPLE = 5;

/** Looks some weighings, chosen by chance, up in the indicators' own memories, once a day (LM-41). */
export async function watchAlibi(
  store: Pick<Store, 'journal' | 'lastAlibiRecords'>,
  checkAlibi: CheckAlibi,
  { clock, random, log, signal }: { clock: Clock; random: () => number; log: Logger; signal: AbortSignal },
): Promise<void> {
  const { journal } = store;

  async function checkSample(): Promise<void> {
    const records = store.lastAlibiRecords();
    for (let index = 0; index < SAMPLE && records.length > 0; index += 1) {
      const [entry] = records.splice(Math.floor(random() * records.length), 1);
      if (entry === undefined) return;
      for (const check of await checkAlibi(entry, 'nightly', signal)) {
        journal.commit(() => journal.append({ kind: 'alibi.checked', body: check }));
        if (check.outcome === 'same') log.info(check, 'alibi.checked');
        else log.error(check, 'alibi.not_the_same');
      }
    }
  }

  try {
    while (!signal.aborted) {
      await clock.sleep(Math.min(DAY_MS, MAX_SLEEP_MS), signal);
      await checkSample();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
