import {
  emptyMasterDataDigest,
  type MasterDataAsk,
  type MasterDataPage,
  type Uuid,
} from '@weighgate/protocol';

/**
 * Where the copy of the cloud's master data stands. Pure: what it does is decided by {@link reduceMasterData} and done
 * elsewhere.
 *
 * - `away`: no cloud to ask, or one that has no master data
 * - `asking`: a page is awaited, or will be asked for at `askAtMs`
 * - `current`: what is held was the latest when it was last asked for
 */
export interface MasterDataState {
  phase: 'away' | 'asking' | 'current';
  held: { cloudEpoch: Uuid | null; revision: number; digest: string };
  /** The snapshot under way, and how far it is. */
  loading: { cloudEpoch: Uuid; revision: number; after: number } | null;
  /** What is held, or how it came, was found wrong: only a snapshot will do. */
  distrusted: boolean;
  /** The latest revision heard of. */
  offered: number;
  /** Questions that came to nothing, in a row. */
  attempt: number;
  /** When to ask, or to ask again, on the monotonic clock; null while nothing is to be asked. */
  askAtMs: number | null;
}

export type MasterDataEvent = {
  nowMs: number;
  chance: number;
} /** The cloud answered a HELLO; null: it has no master data. */ & (
  | { kind: 'welcomed'; revision: number | null }
  | { kind: 'nudged'; revision: number }
  | { kind: 'disconnected' }
  | { kind: 'page'; page: MasterDataPage }
  /** What became of the page of a `take`; held and loading as they are now. */
  | {
      kind: 'taken';
      page: MasterDataPage;
      outcome: 'taken' | 'digest_differs' | 'not_stored';
      held: MasterDataState['held'];
      loading: MasterDataState['loading'];
    }
  | { kind: 'tick' }
);

export type MasterDataAction =
  /** Send what {@link askOf} makes of the state. */
  | { kind: 'ask' }
  /** Put the page in its place, then report by a `taken` event. */
  | { kind: 'take'; page: MasterDataPage }
  | { kind: 'forget_loading' }
  /** What is held was the latest at this time of the cloud's. */
  | { kind: 'confirm'; asOf: string }
  | { kind: 'alarm'; code: 'page_refused' | 'digest_differs'; page: MasterDataPage };

export interface MasterDataStep {
  state: MasterDataState;
  actions: MasterDataAction[];
}

/** The first retry waits 10 s, each further one twice as long up to 5 min, with ±50 % jitter. */
const RETRY_MIN_MS = 10_000;
const RETRY_MAX_MS = 300_000;
/** A change tells every device at once; they ask one after the other within this time. */
const SPREAD_MS = 3_000;

export function initialMasterDataState(
  held: MasterDataState['held'],
  loading: MasterDataState['loading'],
): MasterDataState {
  return {
    phase: 'away',
    held,
    loading,
    distrusted: false,
    offered: 0,
    attempt: 0,
    askAtMs: null,
  };
}

/** The question that a state asks. */
export function askOf(
  { held, loading, distrusted }: MasterDataState,
  { device, site }: { device: string; site: string },
): MasterDataAsk {
  const said = distrusted ? { cloudEpoch: null, revision: 0, digest: emptyMasterDataDigest } : held;
  const { cloudEpoch, revision: since, digest } = said;
  return { v: 1, type: 'md_ask', device, site, cloudEpoch, since, digest, snapshot: loading };
}

/** The whole behaviour: state and event in, state and actions out. */
export function reduceMasterData(state: MasterDataState, event: MasterDataEvent): MasterDataStep {
  switch (event.kind) {
    case 'disconnected':
      return stay({ ...state, phase: 'away', askAtMs: null, attempt: 0 });
    case 'welcomed':
      if (event.revision === null) return stay({ ...state, phase: 'away', askAtMs: null });
      // Asked for also when the revision is the one held: the cloud then compares the digests.
      return ask({ ...state, offered: event.revision, attempt: 0 }, event);
    case 'nudged': {
      const offered = Math.max(state.offered, event.revision);
      if (state.phase !== 'current' || event.revision <= state.held.revision)
        return stay({ ...state, offered });
      return stay({ ...state, offered, phase: 'asking', askAtMs: event.nowMs + event.chance * SPREAD_MS });
    }
    case 'tick':
      if (state.phase !== 'asking' || state.askAtMs === null || event.nowMs < state.askAtMs)
        return stay(state);
      return ask({ ...state, attempt: state.attempt + 1 }, event);
    case 'page':
      return onPage(state, event.page);
    case 'taken':
      return onTaken(state, event);
  }
}

/** A page that does not follow what is here is refused whole: what is missing is asked for again in time. */
function onPage(state: MasterDataState, page: MasterDataPage): MasterDataStep {
  // The answer to a question of an earlier connection, or the same once more.
  if (state.phase !== 'asking') return stay(state);
  if (follows(state, page)) return { state, actions: [{ kind: 'take', page }] };
  return { state, actions: [{ kind: 'alarm', code: 'page_refused', page }] };
}

function follows({ held, loading, distrusted }: MasterDataState, page: MasterDataPage): boolean {
  const { snapshot, cloudEpoch, from } = page;
  if (snapshot === null) {
    return loading === null && !distrusted && cloudEpoch === held.cloudEpoch && from === held.revision;
  }
  if (loading !== null && loading.cloudEpoch === cloudEpoch && loading.revision === snapshot)
    return from === loading.after;
  // A snapshot of this life is never older than what is held, unless it was late.
  return from === 0 && (distrusted || cloudEpoch !== held.cloudEpoch || snapshot >= held.revision);
}

function onTaken(state: MasterDataState, event: Extract<MasterDataEvent, { kind: 'taken' }>): MasterDataStep {
  const { page, outcome } = event;
  const now: MasterDataState = { ...state, held: event.held, loading: event.loading };
  if (outcome === 'not_stored') return stay(now);
  if (outcome === 'digest_differs') {
    // A second time would differ again at once: the next question waits its turn.
    const retried = { ...now, distrusted: true, loading: null, attempt: state.attempt + 1 };
    return {
      state: { ...retried, askAtMs: event.nowMs + retryDelayMs(retried.attempt - 1, event.chance) },
      actions: [{ kind: 'forget_loading' }, { kind: 'alarm', code: 'digest_differs', page }],
    };
  }
  if (page.snapshot !== null && page.last) return ask({ ...now, distrusted: false, attempt: 0 }, event);
  if (!page.last || page.to < state.offered) return ask({ ...now, attempt: 0 }, event);
  return {
    state: { ...now, phase: 'current', attempt: 0, askAtMs: null },
    actions: [{ kind: 'confirm', asOf: page.asOf }],
  };
}

/** Asks now, and again when no answer comes. */
function ask(state: MasterDataState, { nowMs, chance }: { nowMs: number; chance: number }): MasterDataStep {
  return {
    state: { ...state, phase: 'asking', askAtMs: nowMs + retryDelayMs(state.attempt, chance) },
    actions: [{ kind: 'ask' }],
  };
}

function stay(state: MasterDataState): MasterDataStep {
  return { state, actions: [] };
}

function retryDelayMs(attempt: number, chance: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(attempt, 10)) * (0.5 + chance);
}
