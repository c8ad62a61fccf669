import type { Logger } from 'pino';

/** Work that no device waits for: one piece at a time, a bounded number in line. */
export interface BackgroundWork {
  /** @returns whether it was taken; not when the line is full or closed */
  add(work: () => Promise<void>): boolean;
  /** Lets the running piece end; the rest is dropped. */
  close(): Promise<void>;
}

/** Makes an empty line. A piece that fails is logged. */
export function startBackgroundWork(maxWaiting: number, log: Logger): BackgroundWork {
  const waiting: (() => Promise<void>)[] = [];
  let closed = false;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    for (let work = waiting.shift(); work !== undefined; work = waiting.shift()) {
      try {
        await work();
      } catch (error) {
        log.error({ err: error }, 'inbox.background_work_failed');
      }
    }
    running = undefined;
  }

  return {
    add: (work) => {
      if (closed || waiting.length >= maxWaiting) return false;
      waiting.push(work);
      running ??= run();
      return true;
    },
    close: async () => {
      closed = true;
      waiting.length = 0;
      await running;
    },
  };
}
