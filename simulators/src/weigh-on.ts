import type { Clock } from '@weighgate/protocol';
import { z } from 'zod';
import { type ApiAnswer, type ApiClient, ApiError } from './demo/api-client.ts';
import type { ScriptedDeck } from './prove/scripted-deck.ts';

const weighedSchema = z.looseObject({
  id: z.string(),
  ticketNo: z.string(),
  grossKg: z.number(),
  netKg: z.number().nullable(),
});
export type Weighed = z.infer<typeof weighedSchema>;

/** One weighing that is asked for, until it is answered. */
export interface WeighingWish {
  direction: 'in' | 'out';
  truck: string;
  /** Stands on the deck meanwhile. */
  kg: number;
  /** The same for every try: it weighs once. */
  idempotencyKey: string;
}

/** What came of it. `refused`: nothing was put on record. `unknown`: nobody answered any more. */
export type WeighingOutcome =
  | { kind: 'weighed'; weighed: Weighed; answeredInMs: number }
  | { kind: 'refused'; code: string }
  | { kind: 'unknown'; why: string };

export interface WeighOnParts {
  /** The agent's API as it can be reached now. */
  api: () => ApiClient;
  deck: ScriptedDeck;
  scale: string;
  clock: Clock;
  /** Told whenever a try was not answered. */
  onSilence?: (why: string) => void;
}

const POLL_MS = 50;
const SILENCE_PAUSE_MS = 250;
/** The deck has to be emptied, and seen so, before these pass. */
const needZero = ['already-registered', 'no-zero-since-last-truck'];
/** These pass by themselves. */
const transient = ['not-stable', 'no-reading', 'below-threshold', 'below-minimum', ...needZero];

/** Empties the deck, loads it, and asks for the weight until it is given, refused for good, or time is up. */
export async function weighOn(
  { api, deck, scale, clock, onSilence }: WeighOnParts,
  { direction, truck, kg, idempotencyKey }: WeighingWish,
  timeoutMs: number,
): Promise<WeighingOutcome> {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  const body = { direction, truck, produce: 'orange', containers: [], scale };
  const ask = () =>
    api().call(weighedSchema, { method: 'POST', path: '/api/weight/weight', body, idempotencyKey });
  let wasAnswered = true;
  let isLoaded = false;
  deck.show(0);
  for (;;) {
    const askedMs = clock.monotonicMs();
    let answer: ApiAnswer<Weighed> | undefined;
    let why = '';
    try {
      answer = await ask();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      why = error.message;
      wasAnswered = false;
      onSilence?.(why);
    }
    if (answer?.kind === 'ok') {
      const answeredInMs = clock.monotonicMs() - askedMs;
      return { kind: 'weighed', weighed: answer.body, answeredInMs };
    }
    if (answer !== undefined) {
      // Whatever an earlier try was, this answer tells: the same key would have found it.
      wasAnswered = true;
      if (!transient.includes(answer.code)) return { kind: 'refused', code: answer.code };
      if (answer.code === 'below-threshold' && !isLoaded) {
        isLoaded = true;
        deck.show(kg);
      } else if (needZero.includes(answer.code) && isLoaded) {
        isLoaded = false;
        deck.show(0);
      }
    }
    if (clock.monotonicMs() > deadlineMs) {
      return wasAnswered
        ? { kind: 'refused', code: answer?.kind === 'problem' ? answer.code : why }
        : { kind: 'unknown', why };
    }
    await clock.sleep(wasAnswered ? POLL_MS : SILENCE_PAUSE_MS);
  }
}
