import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { childAbort } from './child-abort.ts';
import { type Line, LineError, type OpenLine } from './line.ts';

/** What happens on a line that is kept open. */
export type LineEvent =
  | { kind: 'up'; name: string; write: Line['write'] }
  | { kind: 'down'; reason: LineError; retryInMs: number }
  | { kind: 'bytes'; bytes: Uint8Array };

/** Numbers of keeping a line open, all in milliseconds. */
export interface KeepLineRule {
  /** Pause before the first reopening; doubles with each failure up to `retryMaxMs`, each with ±50 % jitter. */
  retryMinMs: number;
  retryMaxMs: number;
  /** An attempt to open that takes longer is given up. */
  openTimeoutMs: number;
  /** A line without a byte for so long is closed and opened anew: a half-open connection looks just like silence. */
  silenceMs: number;
}

export const defaultKeepLineRule: KeepLineRule = {
  retryMinMs: 250,
  // With its jitter 4.5 s: a cable that is put back gives weights again within 5 s.
  retryMaxMs: 3_000,
  openTimeoutMs: 5_000,
  // Looked at four times in that span, so a half-open connection is found within 10 s.
  silenceMs: 8_000,
};

export interface KeepLineParts {
  clock: Clock;
  /** Chance in [0, 1), for the jitter. */
  random: () => number;
  log: Logger;
}

/**
 * Keeps a line open for ever: opens it, passes its bytes on, and opens it again with jittered back-off when it is
 * lost, refused or silent. Ends only when `signal` is aborted.
 */
export async function* keepLine(
  open: OpenLine,
  rule: KeepLineRule,
  { clock, random, log }: KeepLineParts,
  signal: AbortSignal,
): AsyncGenerator<LineEvent> {
  let failures = 0;
  while (!signal.aborted) {
    let reason: LineError;
    try {
      await using line = await openWithin(open, rule.openTimeoutMs, clock, signal);
      log.info({ line: line.name }, 'line.up');
      yield { kind: 'up', name: line.name, write: line.write };
      await using watch = watchSilence(line, rule.silenceMs, clock, signal);
      for await (const bytes of line) {
        failures = 0;
        watch.heard();
        yield { kind: 'bytes', bytes };
      }
      if (signal.aborted) return;
      reason = new LineError('line_silent', `${line.name} was silent for ${rule.silenceMs} ms`);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof LineError)) throw error;
      reason = error;
    }
    const retryInMs = backOffMs(failures, rule, random());
    failures += 1;
    log.warn({ code: reason.code, detail: reason.message, retryInMs }, 'line.down');
    yield { kind: 'down', reason, retryInMs };
    try {
      await clock.sleep(retryInMs, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** `min x 2^failures` up to `max`, then a half to one and a half of that: a whole site does not retry in step. */
export function backOffMs(
  failures: number,
  { retryMinMs, retryMaxMs }: Pick<KeepLineRule, 'retryMinMs' | 'retryMaxMs'>,
  chance: number,
): number {
  const full = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(failures, 30));
  return Math.round(full * (0.5 + chance));
}

async function openWithin(
  open: OpenLine,
  timeoutMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Line> {
  using attempt = childAbort(signal);
  const timer = clock.sleep(timeoutMs, attempt.signal).then(
    () => attempt.abort(new LineError('line_refused', `no line after ${timeoutMs} ms`)),
    (error: unknown) => {
      if (!attempt.signal.aborted) throw error;
    },
  );
  try {
    return await open(attempt.signal);
  } finally {
    attempt.abort();
    await timer;
  }
}

/**
 * Closes the line when nothing was heard for `silenceMs`, looking four times in that span, and when `signal` is
 * aborted: whoever reads a silent line would otherwise wait for its next byte.
 */
function watchSilence(line: Line, silenceMs: number, clock: Clock, signal: AbortSignal) {
  const watch = childAbort(signal);
  let heardAtMs = clock.monotonicMs();
  async function run(): Promise<void> {
    try {
      while (clock.monotonicMs() - heardAtMs < silenceMs) await clock.sleep(silenceMs / 4, watch.signal);
    } catch (error) {
      if (!watch.signal.aborted) throw error;
    } finally {
      await line.close();
    }
  }
  const running = run();
  return {
    heard: () => {
      heardAtMs = clock.monotonicMs();
    },
    [Symbol.asyncDispose]: async () => {
      watch.abort();
      await running;
    },
  };
}
