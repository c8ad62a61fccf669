import type { DownMessage } from '@weighgate/protocol';

/**
 * Where the journal pump stands. Pure: what it does is decided by {@link reducePump} and done elsewhere.
 *
 * - `offline`: no broker, or no inbox listening
 * - `greeting`: HELLO sent, WELCOME awaited
 * - `streaming`: sending what the cloud has not acknowledged
 * - `halted`: the two chains disagree; weighing goes on, sending does not
 */
export interface PumpState {
  phase: 'offline' | 'greeting' | 'streaming' | 'halted';
  brokerUp: boolean;
  hostOnline: boolean;
  /** Last entry of the journal. */
  headSeq: number;
  /** Entries 1 to this are committed in the cloud. */
  ackedSeq: number;
  /** Last entry sent since the last WELCOME or retry. */
  sentSeq: number;
  /** Last seq of each batch not yet acknowledged, oldest first; never longer than the window. */
  inFlight: readonly number[];
  window: number;
  /** The life of the cloud's database that the last WELCOME spoke for; its receipts alone count. */
  cloudEpoch: string | null;
  /** The entry a NEED made us go back to; null when the cloud has answered since. */
  rewoundTo: number | null;
  /** Retries since the cloud last answered. */
  attempt: number;
  /** When to try again, on the monotonic clock; null when nothing is awaited. */
  retryAtMs: number | null;
  /** When the last WELCOME came, on the monotonic clock. */
  welcomedAtMs: number;
}

export type PumpEvent = { nowMs: number; chance: number } & (
  | { kind: 'broker_up' }
  | { kind: 'broker_down' }
  | { kind: 'host'; online: boolean }
  | { kind: 'appended'; headSeq: number }
  /** `ownHash` is the journal's own hash at the seq the message names; undefined when it has no such entry. */
  | { kind: 'heard'; message: DownMessage; ownHash: string | undefined }
  | { kind: 'tick' }
);

export type PumpAction =
  | { kind: 'send_hello' }
  /** Send one batch of the entries after `afterSeq`, then report how far it went by {@link batchSent}. */
  | { kind: 'send_batch'; afterSeq: number }
  | { kind: 'keep_acked'; ackedSeq: number; cloudEpoch: string }
  | { kind: 'alarm'; code: PumpAlarm; seq: number };

/** What a person must look at. */
export type PumpAlarm = 'cloud_is_ahead' | 'chains_differ' | 'entry_rejected' | 'ack_beyond_sent';

export interface PumpStep {
  state: PumpState;
  actions: PumpAction[];
}

/** The first retry waits 10 s, each further one twice as long up to 5 min, with ±50 % jitter. */
const RETRY_MIN_MS = 10_000;
const RETRY_MAX_MS = 300_000;
/** HELLO is said again after so long although all is well, so that both sides check their watermarks. */
const GREET_AGAIN_MS = 15 * 60_000;
/** Our own ceiling, whatever the cloud offers; a broker holds about 20 unacknowledged messages for a client. */
const MAX_WINDOW = 8;

export function initialPumpState(headSeq: number, ackedSeq: number): PumpState {
  return {
    phase: 'offline',
    brokerUp: false,
    hostOnline: false,
    headSeq,
    ackedSeq: Math.min(ackedSeq, headSeq),
    sentSeq: Math.min(ackedSeq, headSeq),
    inFlight: [],
    window: 1,
    cloudEpoch: null,
    rewoundTo: null,
    attempt: 0,
    retryAtMs: null,
    welcomedAtMs: 0,
  };
}

/** The pump's whole behaviour: state and event in, state and actions out. */
export function reducePump(state: PumpState, event: PumpEvent): PumpStep {
  switch (event.kind) {
    case 'broker_up':
      return greetWhenPossible({ ...state, brokerUp: true }, event);
    case 'broker_down':
      return stay({ ...goOffline(state), brokerUp: false, hostOnline: false });
    case 'host':
      if (!event.online) return stay({ ...goOffline(state), hostOnline: false });
      return greetWhenPossible({ ...state, hostOnline: true }, event);
    case 'appended':
      return {
        state: { ...state, headSeq: event.headSeq },
        actions: nextBatch({ ...state, headSeq: event.headSeq }),
      };
    case 'tick':
      return onTick(state, event);
    case 'heard':
      return onMessage(state, event.message, event);
  }
}

/** The state after a batch up to `toSeq` has been handed to the broker. */
export function batchSent(
  state: PumpState,
  toSeq: number,
  { nowMs, chance }: { nowMs: number; chance: number },
): PumpStep {
  const sent: PumpState = {
    ...state,
    sentSeq: toSeq,
    inFlight: [...state.inFlight, toSeq],
    retryAtMs: state.retryAtMs ?? nowMs + retryDelayMs(state.attempt, chance),
  };
  return { state: sent, actions: nextBatch(sent) };
}

function onMessage(
  state: PumpState,
  message: DownMessage,
  { ownHash, nowMs, chance }: { ownHash: string | undefined; nowMs: number; chance: number },
): PumpStep {
  if (state.phase === 'offline' || state.phase === 'halted') return stay(state);
  switch (message.type) {
    case 'welcome': {
      if (message.upTo > state.headSeq) return halt(state, 'cloud_is_ahead', message.upTo);
      if (ownHash !== message.hash) return halt(state, 'chains_differ', message.upTo);
      const welcomed: PumpState = {
        ...state,
        phase: 'streaming',
        ackedSeq: message.upTo,
        sentSeq: message.upTo,
        inFlight: [],
        window: Math.min(message.window, MAX_WINDOW),
        cloudEpoch: message.cloudEpoch,
        rewoundTo: null,
        attempt: 0,
        retryAtMs: null,
        welcomedAtMs: nowMs,
      };
      const keep: PumpAction = { kind: 'keep_acked', ackedSeq: message.upTo, cloudEpoch: message.cloudEpoch };
      return { state: welcomed, actions: [keep, ...nextBatch(welcomed)] };
    }
    case 'ack': {
      if (state.phase !== 'streaming') return stay(state);
      // Said for another life of the cloud's database: what it held then it may not hold now.
      if (message.cloudEpoch !== state.cloudEpoch) return greetOver(state, { nowMs, chance });
      if (message.upTo <= state.ackedSeq) return stay(state);
      if (message.upTo > state.sentSeq) {
        return { state, actions: [{ kind: 'alarm', code: 'ack_beyond_sent', seq: message.upTo }] };
      }
      if (ownHash !== message.hash) return halt(state, 'chains_differ', message.upTo);
      const inFlight = state.inFlight.filter((toSeq) => toSeq > message.upTo);
      const acked: PumpState = {
        ...state,
        ackedSeq: message.upTo,
        inFlight,
        rewoundTo: null,
        attempt: 0,
        retryAtMs: inFlight.length === 0 ? null : nowMs + retryDelayMs(0, chance),
      };
      const keep: PumpAction = { kind: 'keep_acked', ackedSeq: message.upTo, cloudEpoch: message.cloudEpoch };
      return { state: acked, actions: [keep, ...nextBatch(acked)] };
    }
    case 'need': {
      // A watermark goes down only by a WELCOME; any other disagreement is settled by greeting again.
      if (state.phase !== 'streaming' || message.from <= state.ackedSeq || message.from > state.sentSeq + 1) {
        return greetOver(state, { nowMs, chance });
      }
      // Every batch behind a lost one is answered by the same NEED; going back for each would multiply them.
      if (message.from === state.rewoundTo) return stay(state);
      const rewound: PumpState = {
        ...state,
        sentSeq: message.from - 1,
        inFlight: [],
        rewoundTo: message.from,
      };
      return { state: rewound, actions: nextBatch(rewound) };
    }
    case 'fork':
      return halt(state, 'chains_differ', message.seq);
    case 'reject':
      return halt(state, 'entry_rejected', message.seq);
    case 'digest_result':
    case 'retry':
    case 'rehello':
    case 'md_nudge':
    case 'md_page':
      return stay(state);
  }
}

function onTick(state: PumpState, { nowMs, chance }: { nowMs: number; chance: number }): PumpStep {
  if (state.phase === 'greeting' && state.retryAtMs !== null && nowMs >= state.retryAtMs) {
    return greet({ ...state, attempt: state.attempt + 1 }, { nowMs, chance });
  }
  if (state.phase !== 'streaming') return stay(state);
  if (state.retryAtMs !== null && nowMs >= state.retryAtMs) {
    const attempt = state.attempt + 1;
    const again: PumpState = {
      ...state,
      sentSeq: state.ackedSeq,
      inFlight: [],
      rewoundTo: null,
      attempt,
      retryAtMs: nowMs + retryDelayMs(attempt, chance),
    };
    return { state: again, actions: nextBatch(again) };
  }
  if (state.inFlight.length === 0 && nowMs - state.welcomedAtMs >= GREET_AGAIN_MS)
    return greet(state, { nowMs, chance });
  return stay(state);
}

/** At most one batch at a time: {@link batchSent} asks for the next while the window allows. */
function nextBatch(state: PumpState): PumpAction[] {
  const maySend =
    state.phase === 'streaming' && state.inFlight.length < state.window && state.sentSeq < state.headSeq;
  return maySend ? [{ kind: 'send_batch', afterSeq: state.sentSeq }] : [];
}

function greetWhenPossible(state: PumpState, event: { nowMs: number; chance: number }): PumpStep {
  if (!state.brokerUp || !state.hostOnline || state.phase === 'halted') return stay(state);
  return greet({ ...state, attempt: 0 }, event);
}

function greet(state: PumpState, { nowMs, chance }: { nowMs: number; chance: number }): PumpStep {
  const greeting: PumpState = {
    ...state,
    phase: 'greeting',
    inFlight: [],
    retryAtMs: nowMs + retryDelayMs(state.attempt, chance),
  };
  return { state: greeting, actions: [{ kind: 'send_hello' }] };
}

/** Greets because the two disagree, but no sooner than a retry: two that never agree would greet without a pause. */
function greetOver(state: PumpState, moment: { nowMs: number; chance: number }): PumpStep {
  const earliestMs = state.welcomedAtMs + RETRY_MIN_MS;
  if (moment.nowMs >= earliestMs) return greet(state, moment);
  return stay({ ...state, phase: 'greeting', inFlight: [], retryAtMs: earliestMs });
}

function goOffline(state: PumpState): PumpState {
  return {
    ...state,
    phase: state.phase === 'halted' ? 'halted' : 'offline',
    inFlight: [],
    attempt: 0,
    retryAtMs: null,
  };
}

function halt(state: PumpState, code: PumpAlarm, seq: number): PumpStep {
  return {
    state: { ...state, phase: 'halted', inFlight: [], retryAtMs: null },
    actions: [{ kind: 'alarm', code, seq }],
  };
}

function stay(state: PumpState): PumpStep {
  return { state, actions: [] };
}

function retryDelayMs(attempt: number, chance: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(attempt, 10)) * (0.5 + chance);
}
