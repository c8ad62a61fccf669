import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { LineError } from '../line/line.ts';
import type { Exchange } from './exchange.ts';
import type { LineHealth } from './line-state.ts';

/** Numbers of asking an indicator that does not send by itself, in ms. */
export interface AskRule {
  /** From one question to the next; longer when an answer takes longer. */
  intervalMs: number;
  /** After this the answer is not waited for any more. */
  timeoutMs: number;
}

/** How the asking goes, counted since it began. */
export interface AskCounts {
  asked: number;
  answered: number;
  timeouts: number;
}

/**
 * Asks for the weight again and again while the line is up: one question in flight, the next only after the answer or
 * its timeout. Ends when `signal` is aborted. What is answered is read like every other frame.
 */
export function askIndicator(
  exchange: Exchange,
  health: () => Pick<LineHealth, 'lineUp'>,
  enquiry: Uint8Array,
  rule: AskRule,
  { clock, log }: { clock: Clock; log: Logger },
  signal: AbortSignal,
): { counts(): Readonly<AskCounts>; readonly done: Promise<void> } {
  const counts: AskCounts = { asked: 0, answered: 0, timeouts: 0 };

  async function askOnce(): Promise<void> {
    counts.asked += 1;
    const outcome = await exchange.ask(enquiry, (good) => good, rule.timeoutMs, signal);
    if (outcome.kind === 'answered') {
      counts.answered += 1;
      return;
    }
    counts.timeouts += 1;
    log.debug({ timeoutMs: rule.timeoutMs, timeouts: counts.timeouts }, 'indicator.no_answer');
  }

  async function run(): Promise<void> {
    try {
      while (!signal.aborted) {
        const startedMs = clock.monotonicMs();
        if (health().lineUp) {
          try {
            await askOnce();
          } catch (error) {
            // The line went down between looking and writing; it is being opened again.
            if (!(error instanceof LineError)) throw error;
          }
        }
        await clock.sleep(Math.max(0, startedMs + rule.intervalMs - clock.monotonicMs()), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  return { counts: () => counts, done: run() };
}
