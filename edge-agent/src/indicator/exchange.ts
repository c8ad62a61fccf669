import type { Clock } from '@weighgate/protocol';
import type { GoodFrame, IndicatorReader } from './read-indicator.ts';

/** What came of one question to an indicator. */
export type ExchangeOutcome<T> = { kind: 'answered'; answer: T } | { kind: 'timeout' };

/**
 * One question at a time: on a two-wire line a second one would run into the answer to the first. Whoever comes while
 * one is under way waits.
 */
export interface Exchange {
  /**
   * Sends `bytes` and waits for the first good frame in which `answerIn` finds an answer.
   * @throws LineError when the line is down or takes no bytes
   */
  ask<T>(
    bytes: Uint8Array,
    answerIn: (good: GoodFrame) => T | null,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<ExchangeOutcome<T>>;
  /** Bytes of good frames that came while nothing was asked. */
  unaskedBytes(): number;
}

export function exchangeOver(reader: Pick<IndicatorReader, 'write' | 'onGoodFrame'>, clock: Clock): Exchange {
  let turn: Promise<unknown> = Promise.resolve();
  let hear: ((good: GoodFrame) => void) | null = null;
  let unaskedBytes = 0;
  reader.onGoodFrame((good) => {
    if (hear === null) unaskedBytes += good.frame.length;
    else hear(good);
  });

  async function askNow<T>(
    bytes: Uint8Array,
    answerIn: (good: GoodFrame) => T | null,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<ExchangeOutcome<T>> {
    signal.throwIfAborted();
    const answered = Promise.withResolvers<T>();
    const over = new AbortController();
    const stop = () => over.abort();
    signal.addEventListener('abort', stop, { once: true });
    hear = (good) => {
      // On a two-wire line our own question comes back to us.
      if (Buffer.compare(good.frame, bytes) === 0) return;
      const answer = answerIn(good);
      if (answer !== null) answered.resolve(answer);
    };
    try {
      await reader.write(bytes);
      const timeout = clock.sleep(timeoutMs, over.signal).then(
        () => ({ kind: 'timeout' }) as const,
        () => ({ kind: 'timeout' }) as const,
      );
      const outcome = await Promise.race([
        answered.promise.then((answer) => ({ kind: 'answered', answer }) as const),
        timeout,
      ]);
      signal.throwIfAborted();
      return outcome;
    } finally {
      hear = null;
      stop();
      signal.removeEventListener('abort', stop);
    }
  }

  return {
    ask: (bytes, answerIn, timeoutMs, signal) => {
      const mine = turn.then(() => askNow(bytes, answerIn, timeoutMs, signal));
      // How it ended is for the one who asked; the next one only waits for the end.
      turn = mine.catch(() => undefined);
      return mine;
    },
    unaskedBytes: () => unaskedBytes,
  };
}
