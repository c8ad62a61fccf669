import { type Moment, nextToOffer, offeredChain, type PumpState, type PumpStep, stay } from './pump-state.ts';

/** The first retry waits 10 s, each further one twice as long up to 5 min, with ±50 % jitter. */
export const RETRY_MIN_MS = 10_000;
export const RETRY_MAX_MS = 300_000;

/** After an outage everybody comes back at once: the greeting waits a random part of what the cloud last asked for. */
export function greetWhenPossible(state: PumpState, moment: Moment): PumpStep {
  if (!state.brokerUp || !state.hostOnline) return stay(state);
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

export function goOffline(state: PumpState): PumpState {
  const stands = state.phase === 'halted' || state.phase === 'parting';
  return {
    ...state,
    phase: stands ? state.phase : 'offline',
    inFlight: [],
    attempt: 0,
    retryAtMs: stands ? state.retryAtMs : null,
    pausedUntilMs: 0,
    digest: { ...state.digest, awaiting: null },
  };
}

export function retryDelayMs(attempt: number, chance: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(attempt, 10)) * (0.5 + chance);
}
