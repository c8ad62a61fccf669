import { type Clock, gramsOf } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { type AlibiAnswer, type AlibiDialect, alibiAnswerIn } from '../indicator/alibi.ts';
import type { Exchange } from '../indicator/exchange.ts';
import { LineError } from '../line/line.ts';
import type { Deck } from './deck.ts';

/** What came of looking a weight up in an indicator's own memory. */
export type AlibiRecall =
  | { kind: 'recalled'; grossG: number; shown: string }
  | { kind: 'not_found' }
  | { kind: 'no_answer' };

/** The alibi memory of one scale's indicator. */
export interface AlibiMemory {
  /** The number under which the indicator keeps the load that stands on the deck now; null while it keeps none. */
  alibiId(): string | null;
  recall(alibiId: string, signal: AbortSignal): Promise<AlibiRecall>;
  /** Resolves when the signal has ended it. */
  readonly done: Promise<void>;
}

const LOOK_MS = 100;
const ANSWER_MS = 1_500;
/** From one try to keep a load to the next, and how many: a memory must not fill with one load. */
const AGAIN_MS = 1_000;
const MAX_TRIES = 5;

/** Has every load that settles on the deck kept by the indicator, once. */
export function alibiMemoryOf(
  alibi: AlibiDialect,
  exchange: Pick<Exchange, 'ask'>,
  deck: Pick<Deck, 'view'>,
  { clock, log }: { clock: Clock; log: Logger },
  signal: AbortSignal,
): AlibiMemory {
  let kept: { alibiId: string; grossG: number } | null = null;
  let tries = 0;

  /** @returns null when nothing was answered */
  async function ask(bytes: Uint8Array, stop: AbortSignal): Promise<AlibiAnswer | null> {
    try {
      const outcome = await exchange.ask(bytes, ({ decoded }) => alibiAnswerIn(decoded), ANSWER_MS, stop);
      return outcome.kind === 'answered' ? outcome.answer : null;
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      return null;
    }
  }

  async function keepOnce(): Promise<void> {
    tries += 1;
    const answer = await ask(alibi.keep, signal);
    const { state, grossG } = deck.view();
    if (answer?.kind !== 'kept') {
      log.warn({ answer: answer?.kind ?? null, tries }, 'alibi.not_kept');
      return;
    }
    const keptG = gramsOf(answer.value, answer.unit);
    if (state !== 'settled' || keptG !== grossG) return;
    kept = { alibiId: answer.alibiId, grossG: keptG };
    log.info({ alibiId: answer.alibiId }, 'alibi.kept');
  }

  async function run(): Promise<void> {
    try {
      while (!signal.aborted) {
        const { state, grossG } = deck.view();
        if (state !== 'settled' && state !== 'registered') {
          kept = null;
          tries = 0;
        }
        const isWanted = state === 'settled' && kept?.grossG !== grossG && tries < MAX_TRIES;
        if (isWanted) await keepOnce();
        const isMissing = isWanted && kept === null;
        await clock.sleep(isMissing ? AGAIN_MS : LOOK_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  return {
    alibiId: () => (kept !== null && kept.grossG === deck.view().grossG ? kept.alibiId : null),
    recall: async (alibiId, stop) => {
      const bytes = alibi.recall(alibiId);
      if (bytes === null) return { kind: 'not_found' };
      const answer = await ask(bytes, stop);
      if (answer === null) return { kind: 'no_answer' };
      if (answer.kind !== 'recalled') return { kind: 'not_found' };
      const { value, unit } = answer;
      return { kind: 'recalled', grossG: gramsOf(value, unit), shown: `${value} ${unit}` };
    },
    done: run(),
  };
}
