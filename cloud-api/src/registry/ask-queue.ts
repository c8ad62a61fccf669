import type { MasterDataAsk, MasterDataPage } from '@weighgate/protocol';
import type { Logger } from 'pino';

/** Questions answered at a time: the rest of the database's connections are for weighings. */
const AT_ONCE = 2;
/** More devices than one program serves; a question beyond is asked again by its device. */
const MOST_WAITING = 5_000;

/** Takes questions of devices; each is answered soon, or asked again by its device. */
export interface AskQueue {
  take(ask: MasterDataAsk, answer: (page: MasterDataPage) => void): void;
}

/**
 * Answers questions beside the stream of entries. A change makes every device ask at once, and no receipt of a weighing
 * may wait for that. Of one device only the latest question counts.
 */
export function askQueue(answerTo: (ask: MasterDataAsk) => Promise<MasterDataPage>, log: Logger): AskQueue {
  const waiting = new Map<string, () => Promise<void>>();
  let running = 0;

  function startNext(): void {
    const next = waiting.entries().next();
    if (running >= AT_ONCE || next.done) return;
    const [device, work] = next.value;
    waiting.delete(device);
    running += 1;
    void work().finally(() => {
      running -= 1;
      startNext();
    });
  }

  return {
    take: (ask, answer) => {
      const { device } = ask;
      if (waiting.size >= MOST_WAITING && !waiting.has(device)) {
        log.warn({ device, waiting: waiting.size }, 'master_data.question_let_go');
        return;
      }
      waiting.set(device, async () => {
        try {
          answer(await answerTo(ask));
        } catch (error) {
          log.warn({ err: error, device }, 'master_data.not_answered');
        }
      });
      startNext();
    },
  };
}
