import type { DownMessage, Uuid } from '@weighgate/protocol';
import type { Pace } from './pace.ts';

/** One life's chain, as far as the sending of it goes. */
export interface ChainState {
  incarnation: Uuid;
  /** Its last entry. */
  headSeq: number;
  /** Entries 1 to this are committed in the cloud. */
  ackedSeq: number;
  /** The life of the cloud's database that said so; null when none did. */
  cloudEpoch: string | null;
  /** The last entry shared with the cloud, once the two were found to differ; its rest was carried over. */
  partedAfter: number | null;
}

/** The last entry that is offered of a chain: what was carried over is offered in the life that it was carried into. */
export function offerSeq({ headSeq, partedAfter }: ChainState): number {
  return partedAfter ?? headSeq;
}

/** A comparison of whole chains, block by block. */
export interface DigestState {
  /** When the next one begins, on the monotonic clock; null before the first WELCOME. */
  dueAtMs: number | null;
  /** The place in `chains` of the one whose answer is awaited, and until when. */
  awaiting: { at: number; untilMs: number } | null;
  /** Whether a block differed since this comparison began. */
  differed: boolean;
  /** What the cloud asked to have again and has not been sent yet. */
  again: readonly { incarnation: Uuid; from: number; to: number }[];
}

/**
 * Where the journal pump stands. Pure: what it does is decided by `reducePump` and done elsewhere.
 *
 * - `offline`: no broker, or no inbox listening
 * - `greeting`: HELLO said, or about to be; WELCOME awaited
 * - `streaming`: sending what the cloud has not acknowledged
 * - `parting`: the two chains differ; a new life is about to begin
 * - `halted`: a person must look. Weighing goes on, sending does not
 */
export interface PumpState {
  phase: 'offline' | 'greeting' | 'streaming' | 'parting' | 'halted';
  brokerUp: boolean;
  hostOnline: boolean;
  /** Every life the journal holds in order of birth, the present one last; never empty. */
  chains: readonly ChainState[];
  /** The one that is greeted for or sent: its place in `chains`. */
  at: number;
  /** Last entry of that chain sent since the last WELCOME or retry. */
  sentSeq: number;
  /** Each batch not yet acknowledged, oldest first; never more than the window, nor many more bytes than allowed. */
  inFlight: readonly { toSeq: number; bytes: number }[];
  window: number;
  pace: Pace;
  /** The life of the cloud's database that the last WELCOME spoke for; its receipts alone count. */
  cloudEpoch: string | null;
  /** Whether that WELCOME was of a cloud that answers digests. */
  answersDigests: boolean;
  /** The cloud's clock at the last WELCOME. */
  serverTime: string | null;
  /** Over how long greetings are spread after an outage. */
  spreadMs: number;
  /** The entry a NEED made us go back to; null when the cloud has answered since. */
  rewoundTo: number | null;
  /** Retries since the cloud last answered. */
  attempt: number;
  /** When to try again, on the monotonic clock; null when nothing is awaited. */
  retryAtMs: number | null;
  /** Nothing is sent before this, on the monotonic clock. */
  pausedUntilMs: number;
  /** When the last WELCOME came, on the monotonic clock. */
  welcomedAtMs: number;
  /** The entry the cloud will not have, and how often it said the same of it. */
  rejected: { seq: number; code: string; times: number } | null;
  /** What is being parted from, while it is. */
  parting: { incarnation: Uuid; agreedSeq: number } | null;
  /** New lives since the cloud last acknowledged anything of the present one. */
  barrenLives: number;
  digest: DigestState;
  /** The last alarm, until what it was about is well again. */
  trouble: Trouble | null;
}

/** What a person must look at. `chains_differ` and `cloud_is_ahead`: a new life was begun for it. */
export type PumpAlarm =
  | 'cloud_is_ahead'
  | 'chains_differ'
  | 'lives_without_end'
  | 'parting_failed'
  | 'entry_rejected'
  | 'ack_beyond_head'
  | 'digest_differs';

export interface Trouble {
  code: PumpAlarm;
  incarnation: Uuid;
  seq: number;
}

/** Monotonic time in ms, and a chance in [0, 1) for jitter. */
export interface Moment {
  nowMs: number;
  chance: number;
}

export type PumpEvent = Moment &
  (
    | { kind: 'broker_up' }
    | { kind: 'broker_down' }
    | { kind: 'host'; online: boolean }
    /** The present life has grown. */
    | { kind: 'appended'; incarnation: Uuid; headSeq: number }
    /** Our own hashes at the message's `upTo` and `agreedSeq`, in the chain it names; undefined without such an entry. */
    | {
        kind: 'heard';
        message: DownMessage;
        ownHash: string | undefined;
        ownAgreedHash: string | undefined;
      }
    /** What `part` asked for is stored: `present` is the life that now is, with what was carried into it. */
    | { kind: 'parted'; present: { incarnation: Uuid; headSeq: number } }
    /** What `part` asked for could not be stored, and everything is as it was. */
    | { kind: 'parting_failed' }
    | { kind: 'tick' }
  );

export type PumpAction =
  | { kind: 'send_hello'; incarnation: Uuid }
  /** Send one batch of at most `maxRows` entries after `afterSeq`, then report by `batchSent` how far it went. */
  | { kind: 'send_batch'; incarnation: Uuid; afterSeq: number; maxRows: number }
  | { kind: 'send_digest'; incarnation: Uuid; upToSeq: number }
  | { kind: 'keep_acked'; incarnation: Uuid; ackedSeq: number; cloudEpoch: string }
  | { kind: 'keep_match'; incarnation: Uuid; matchedSeq: number; matchedAt: string; cloudEpoch: string }
  /** Begin a new life if this one is the present, and carry over everything after `agreedSeq`; then report `parted`. */
  | { kind: 'part'; incarnation: Uuid; agreedSeq: number }
  | ({ kind: 'alarm' } & Trouble);

export interface PumpStep {
  state: PumpState;
  actions: PumpAction[];
}

/** @param chains every life in order of birth, the present one last */
export function initialPumpState(chains: readonly ChainState[]): PumpState {
  const cloudEpoch = chains.findLast((chain) => chain.cloudEpoch !== null)?.cloudEpoch ?? null;
  const state: PumpState = {
    phase: 'offline',
    brokerUp: false,
    hostOnline: false,
    chains: chains.map((chain) => ({ ...chain, ackedSeq: Math.min(chain.ackedSeq, offerSeq(chain)) })),
    at: 0,
    sentSeq: 0,
    inFlight: [],
    window: 1,
    pace: { rowsPerSecond: 1, rows: 0, atMs: 0 },
    cloudEpoch,
    answersDigests: false,
    serverTime: null,
    spreadMs: 0,
    rewoundTo: null,
    attempt: 0,
    retryAtMs: null,
    pausedUntilMs: 0,
    welcomedAtMs: 0,
    rejected: null,
    parting: null,
    barrenLives: 0,
    digest: { dueAtMs: null, awaiting: null, differed: false, again: [] },
    trouble: null,
  };
  return { ...state, at: nextToOffer(state) };
}

/** The chain of the present life. */
export function presentChain({ chains }: PumpState): ChainState {
  return chainAt(chains, chains.length - 1);
}

/** The chain that is greeted for or sent. */
export function offeredChain({ chains, at }: PumpState): ChainState {
  return chainAt(chains, at);
}

function chainAt(chains: readonly ChainState[], at: number): ChainState {
  const chain = chains[at];
  if (chain === undefined) throw new Error(`there is no chain ${at} of ${chains.length}`);
  return chain;
}

/** Which chain to offer: the oldest of which the cloud, in its present life, may lack something; else the present one. */
export function nextToOffer({ chains, cloudEpoch }: PumpState): number {
  const former = chains.slice(0, -1);
  const at = former.findIndex(
    (chain) =>
      offerSeq(chain) > 0 &&
      (chain.cloudEpoch === null || chain.cloudEpoch !== cloudEpoch || chain.ackedSeq < offerSeq(chain)),
  );
  return at === -1 ? chains.length - 1 : at;
}

/** The state with one chain changed. */
export function withChain(state: PumpState, at: number, change: Partial<ChainState>): PumpState {
  return { ...state, chains: state.chains.with(at, { ...chainAt(state.chains, at), ...change }) };
}

export function stay(state: PumpState): PumpStep {
  return { state, actions: [] };
}
