import { type Moment, nextToOffer, offeredChain, type PumpState, type PumpStep, stay } from './pump-state.ts';

/** The first retry waits 10 s, each further one twice as long up to 5 min, with ±50 % jitter. */
export const RETRY_MIN_MS = 10_000;
export const RETRY_MAX_MS = 300_000;
/** HELLO is said so often, ±50 %, while no inbox is said to listen: the word that one does may have been lost. */
const GREET_UNASKED_MS = 15 * 60_000;

/** After an outage everybody comes back at once: the greeting waits a random part of what the cloud last asked for. */
export function greetWhenPossible(state: PumpState, moment: Moment): PumpStep {
  if (!state.brokerUp || !state.hostOnline) return stay(goOffline(state, moment));
  if (state.phase === 'halted' || state.phase === 'parting') return stay(state);
  const fresh: PumpState = { ...state, attempt: 0, at: nextToOffer(state) };
  if (state.spreadMs === 0) return greet(fresh, moment);
  return stay(greetLater(fresh, moment.nowMs + moment.chance * state.spreadMs));
}

export function greet(state: PumpState, { nowMs, chance }: Moment): PumpStep {
  return {
    state: greetLater(state, nowMs + retryDelayMs(state.attempt, chance)),
    actions: [{ kind: 'send_hello', incarnation: offeredChain(state).incarnation }],
  };
}

export function greetLater(state: PumpState, retryAtMs: number): PumpState {
  const digest = { ...state.digest, awaiting: null };
  return { ...state, phase: 'greeting', inFlight: [], pausedUntilMs: 0, retryAtMs, digest };
}

/** Greets because the two disagree, but no sooner than a retry: two that never agree would greet without a pause. */
export function greetOver(state: PumpState, moment: Moment): PumpStep {
  const earliestMs = state.welcomedAtMs + RETRY_MIN_MS;
  if (moment.nowMs >= earliestMs) return greet(state, moment);
  return stay(greetLater(state, earliestMs));
}

/** Waits for the broker and for word of an inbox; while the broker is there, not for ever. */
export function goOffline(state: PumpState, { nowMs, chance }: Moment): PumpState {
  const stands = state.phase === 'halted' || state.phase === 'parting';
  const unaskedAtMs = state.brokerUp ? nowMs + GREET_UNASKED_MS * (0.5 + chance) : null;
  return {
    ...state,
    phase: stands ? state.phase : 'offline',
    inFlight: [],
    attempt: 0,
    retryAtMs: stands ? state.retryAtMs : unaskedAtMs,
    pausedUntilMs: 0,
    digest: { ...state.digest, awaiting: null },
  };
}

export function retryDelayMs(attempt: number, chance: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(attempt, 10)) * (0.5 + chance);
}
