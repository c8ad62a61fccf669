import type { DownMessage } from '@weighgate/protocol';
import {
  type DigestState,
  type Moment,
  type PumpAction,
  type PumpState,
  type PumpStep,
  stay,
} from './pump-state.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ANSWER_MS = 60_000;
/** Blocks kept to be sent again; what is beyond them is asked for by the next comparison. */
const MAX_AGAIN = 1000;

/** The first comparison comes within the hour, spread, and then every day. */
export function firstDigest(digest: DigestState, { nowMs, chance }: Moment): DigestState {
  return digest.dueAtMs === null ? { ...digest, dueAtMs: nowMs + chance * HOUR_MS } : digest;
}

/** Begins a comparison when it is due and the line is quiet, and gives one up that is not answered. */
export function onDigestTick(state: PumpState, moment: Moment): PumpStep | null {
  const { digest, phase, inFlight, at, chains, answersDigests } = state;
  const { nowMs } = moment;
  if (digest.awaiting !== null) {
    if (nowMs < digest.awaiting.untilMs) return null;
    return stay({ ...state, digest: { ...digest, awaiting: null, dueAtMs: nowMs + HOUR_MS } });
  }
  const isQuiet = phase === 'streaming' && inFlight.length === 0 && at === chains.length - 1;
  if (!isQuiet || !answersDigests || digest.dueAtMs === null || nowMs < digest.dueAtMs) return null;
  return askFrom({ ...state, digest: { ...digest, differed: false, again: [] } }, 0, moment);
}

/** Keeps what agreed, notes what has to be sent again, and goes on with the next life. */
export function onDigestResult(
  state: PumpState,
  message: Extract<DownMessage, { type: 'digest_result' }>,
  ownAgreedHash: string | undefined,
  moment: Moment,
): PumpStep {
  const { digest, serverTime } = state;
  const chain = digest.awaiting === null ? undefined : state.chains[digest.awaiting.at];
  const isAnswer =
    digest.awaiting !== null &&
    chain?.incarnation === message.incarnation &&
    message.cloudEpoch === state.cloudEpoch &&
    serverTime !== null;
  if (!isAnswer || chain === undefined || digest.awaiting === null || serverTime === null) return stay(state);
  const { incarnation } = chain;
  const { ackedSeq: upToSeq } = chain;
  const actions: PumpAction[] = [];
  const matchedSeq = Math.min(message.agreedSeq, upToSeq);
  if (matchedSeq > 0 && message.agreedHash !== undefined && message.agreedHash === ownAgreedHash) {
    const { cloudEpoch } = message;
    actions.push({ kind: 'keep_match', incarnation, matchedSeq, matchedAt: serverTime, cloudEpoch });
  }
  const differing = message.differing
    .filter(({ from, to }) => from <= to && from <= upToSeq)
    .map(({ from, to }) => ({ incarnation, from, to: Math.min(to, upToSeq) }));
  let heard: PumpState = state;
  if (differing.length > 0) {
    const trouble = { code: 'digest_differs', incarnation, seq: differing[0]?.from ?? 0 } as const;
    const again = [...digest.again, ...differing].slice(0, MAX_AGAIN);
    heard = { ...state, trouble, digest: { ...digest, differed: true, again } };
    actions.push({ kind: 'alarm', ...trouble });
  }
  const step = askFrom(heard, digest.awaiting.at + 1, moment);
  return { state: step.state, actions: [...actions, ...step.actions] };
}

/** Asks about the first life from `from` on that has something to compare; after the last, sleeps until the next day. */
function askFrom(state: PumpState, from: number, { nowMs, chance }: Moment): PumpStep {
  const at = state.chains.findIndex((chain, index) => index >= from && chain.ackedSeq > 0);
  const chain = state.chains[at];
  if (chain !== undefined) {
    const digest = { ...state.digest, awaiting: { at, untilMs: nowMs + ANSWER_MS } };
    const { incarnation, ackedSeq } = chain;
    return {
      state: { ...state, digest },
      actions: [{ kind: 'send_digest', incarnation, upToSeq: ackedSeq }],
    };
  }
  const { differed } = state.digest;
  const pauseMs = differed ? HOUR_MS : DAY_MS - (chance * HOUR_MS) / 2;
  const digest = { ...state.digest, awaiting: null, dueAtMs: nowMs + pauseMs };
  return stay({ ...state, digest, trouble: differed ? state.trouble : troubleAfterMatch(state) });
}

/** Everything compared and the same: what differed once does no longer. */
function troubleAfterMatch({ trouble }: PumpState): PumpState['trouble'] {
  const settled = ['digest_differs', 'chains_differ', 'cloud_is_ahead'];
  return trouble !== null && settled.includes(trouble.code) ? null : trouble;
}
