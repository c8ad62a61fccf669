import type { Clock } from '@weighgate/protocol';

/** What a bounded wait came to. */
export type Waited<T> = { kind: 'done'; value: T } | { kind: 'timeout' };

/** Waits for `work` at most `timeoutMs`; rejects when it rejects. The work itself goes on after a timeout. */
export async function withDeadline<T>(clock: Clock, timeoutMs: number, work: Promise<T>): Promise<Waited<T>> {
  const stop = new AbortController();
  const timeout = clock.sleep(timeoutMs, stop.signal).then(
    (): Waited<T> => ({ kind: 'timeout' }),
    (): Waited<T> => ({ kind: 'timeout' }),
  );
  try {
    return await Promise.race([work.then((value): Waited<T> => ({ kind: 'done', value })), timeout]);
  } finally {
    stop.abort();
  }
}
