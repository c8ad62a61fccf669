import type { DownMessage } from '@weighgate/protocol';
import { firstDigest, onDigestResult } from './digest-round.ts';
import { greet, greetLater, greetOver, RETRY_MIN_MS, retryDelayMs } from './greet.ts';
import { newPaceOf } from './pace.ts';
import { alarm, halt, part } from './part-life.ts';
import {
  type ChainState,
  type Moment,
  nextToOffer,
  offeredChain,
  offerSeq,
  type PumpAction,
  type PumpAlarm,
  type PumpEvent,
  type PumpState,
  type PumpStep,
  stay,
  withChain,
} from './pump-state.ts';
import { pausedUntil, sendNext } from './send-next.ts';

/** Our own ceiling, whatever the cloud offers; a broker holds about 20 unacknowledged messages for a client. */
const MAX_WINDOW = 16;
/** So often the cloud may refuse the same entry for the same reason before sending stops. */
const MAX_REJECTS = 5;

type Heard<T extends DownMessage['type']> = Extract<DownMessage, { type: T }>;

/** What a message of the cloud makes of the state. */
export function onMessage(
  before: PumpState,
  { message, ownHash, ownAgreedHash, ...moment }: Extract<PumpEvent, { kind: 'heard' }>,
): PumpStep {
  if (message.type === 'rehello') return onRehello(before, message, moment);
  if (before.phase !== 'greeting' && before.phase !== 'streaming') return stay(before);
  // Whoever answers listens, whatever the broker last said of it.
  const state: PumpState = before.hostOnline ? before : { ...before, hostOnline: true };
  if (message.type === 'retry') return onRetry(state, message, moment);
  if (!('incarnation' in message)) return stay(state);
  if (message.type === 'digest_result') return onDigestResult(state, message, ownAgreedHash, moment);
  if (message.type === 'fork') return onFork(state, message, moment);
  // Late words about a life that is no longer, or not yet, the one on offer.
  if (message.incarnation !== offeredChain(state).incarnation) return stay(state);
  switch (message.type) {
    case 'welcome':
      return onWelcome(state, message, { ownHash, ownAgreedHash }, moment);
    case 'ack':
      return onAck(state, message, ownHash, moment);
    case 'need':
      return onNeed(state, message, moment);
    case 'reject':
      return onReject(state, message, moment);
  }
}

function onWelcome(state: PumpState, message: Heard<'welcome'>, own: OwnHashes, moment: Moment): PumpStep {
  const { nowMs } = moment;
  const chain = offeredChain(state);
  const agreement = agreementOf(state, chain, message, own);
  if (agreement.kind === 'stale') return stay(state);
  const { cloudEpoch, upTo } = message;
  const isNewEpoch = state.cloudEpoch !== null && state.cloudEpoch !== cloudEpoch;
  const welcomed: PumpState = {
    ...state,
    inFlight: [],
    window: Math.min(message.window, MAX_WINDOW),
    pace: newPaceOf(state.pace, message.paceRowsPerSecond, nowMs),
    cloudEpoch,
    answersDigests: message.agreedSeq !== undefined,
    serverTime: message.serverTime,
    spreadMs: message.spreadMs ?? 0,
    rewoundTo: null,
    attempt: 0,
    retryAtMs: null,
    welcomedAtMs: nowMs,
    digest: firstDigest(state.digest, moment),
  };
  if (agreement.kind === 'differs') {
    return part(welcomed, upTo > offerSeq(chain) ? 'cloud_is_ahead' : 'chains_differ', agreement.agreedSeq);
  }
  const { ackedSeq } = agreement;
  const kept = withChain(welcomed, state.at, { ackedSeq, cloudEpoch });
  const keep: PumpAction = { kind: 'keep_acked', incarnation: chain.incarnation, ackedSeq, cloudEpoch };
  const next = nextToOffer(kept);
  if (next === state.at) {
    const step = sendNext({ ...kept, phase: 'streaming', sentSeq: ackedSeq }, moment);
    return { state: step.state, actions: [keep, ...step.actions] };
  }
  // Two clouds that take turns in answering would have us greet without a pause.
  const step = isNewEpoch
    ? stay(greetLater({ ...kept, at: next }, nowMs + RETRY_MIN_MS * (0.5 + moment.chance)))
    : greet({ ...kept, at: next }, moment);
  return { state: step.state, actions: [keep, ...step.actions] };
}

/** Our hashes where the WELCOME names one. */
interface OwnHashes {
  ownHash: string | undefined;
  ownAgreedHash: string | undefined;
}

type Agreement =
  | { kind: 'agrees'; ackedSeq: number }
  /** `agreedSeq`: the last entry that both are known to share. */
  | { kind: 'differs'; agreedSeq: number }
  /** About another chain than we have now: the disk was replaced since it was asked for. */
  | { kind: 'stale' };

/** Whether the cloud's chain is ours, as far as both go. */
function agreementOf(
  state: PumpState,
  chain: ChainState,
  { upTo, hash, cloudEpoch, agreedSeq, agreedHash }: Heard<'welcome'>,
  { ownHash, ownAgreedHash }: OwnHashes,
): Agreement {
  const lastSeq = offerSeq(chain);
  if (upTo <= lastSeq && ownHash === hash) return { kind: 'agrees', ackedSeq: upTo };
  // What this life of the cloud acknowledged it has, however coarse the marks are.
  const provenSeq = chain.cloudEpoch === cloudEpoch ? chain.ackedSeq : 0;
  if (agreedSeq === undefined || agreedHash === undefined) {
    return { kind: 'differs', agreedSeq: Math.min(provenSeq, upTo, lastSeq) };
  }
  if (agreedHash !== ownAgreedHash) return { kind: 'stale' };
  // A former life went on elsewhere, after the copy that this database was restored from. All of what we have is there.
  const isFormer = state.at < state.chains.length - 1;
  if (isFormer && upTo > lastSeq && agreedSeq >= lastSeq) return { kind: 'agrees', ackedSeq: lastSeq };
  return { kind: 'differs', agreedSeq: Math.min(Math.max(agreedSeq, provenSeq), upTo, lastSeq) };
}

function onAck(
  state: PumpState,
  message: Heard<'ack'>,
  ownHash: string | undefined,
  moment: Moment,
): PumpStep {
  if (state.phase !== 'streaming') return stay(state);
  // Said for another life of the cloud's database: what it held then it may not hold now.
  if (message.cloudEpoch !== state.cloudEpoch) return greetOver(state, moment);
  const chain = offeredChain(state);
  const { upTo, cloudEpoch } = message;
  if (upTo <= chain.ackedSeq) return sendNext(state, moment);
  const isPresent = state.at === state.chains.length - 1;
  if (upTo > offerSeq(chain)) {
    // Of a former life the cloud may have more than we. Of the present one nobody can.
    const told = isPresent ? alarm(state, 'ack_beyond_head', upTo) : stay(state);
    const asked = greetOver(told.state, moment);
    return { state: asked.state, actions: [...told.actions, ...asked.actions] };
  }
  if (ownHash !== message.hash) return part(state, 'chains_differ', chain.ackedSeq);

  const inFlight = state.inFlight.filter(({ toSeq }) => toSeq > upTo);
  const acked: PumpState = {
    ...withChain(state, state.at, { ackedSeq: upTo, cloudEpoch }),
    sentSeq: Math.max(state.sentSeq, upTo),
    inFlight,
    rewoundTo: null,
    attempt: 0,
    retryAtMs: inFlight.length === 0 ? null : moment.nowMs + retryDelayMs(0, moment.chance),
    rejected: state.rejected !== null && upTo >= state.rejected.seq ? null : state.rejected,
    barrenLives: isPresent ? 0 : state.barrenLives,
    trouble: troubleAfterAck(state),
  };
  const keep: PumpAction = {
    kind: 'keep_acked',
    incarnation: chain.incarnation,
    ackedSeq: upTo,
    cloudEpoch,
  };
  const next = nextToOffer(acked);
  const step = next === acked.at ? sendNext(acked, moment) : greet({ ...acked, at: next }, moment);
  return { state: step.state, actions: [keep, ...step.actions] };
}

function onNeed(state: PumpState, message: Heard<'need'>, moment: Moment): PumpStep {
  const { ackedSeq } = offeredChain(state);
  if (state.phase === 'streaming' && moment.nowMs < state.pausedUntilMs) return stay(state);
  // A watermark goes down only by a WELCOME; any other disagreement is settled by greeting again.
  if (state.phase !== 'streaming' || message.from <= ackedSeq || message.from > state.sentSeq + 1) {
    return greetOver(state, moment);
  }
  // Every batch behind a lost one is answered by the same NEED; going back for each would multiply them.
  if (message.from === state.rewoundTo) return stay(state);
  return sendNext({ ...state, sentSeq: message.from - 1, inFlight: [], rewoundTo: message.from }, moment);
}

function onFork(state: PumpState, message: Heard<'fork'>, moment: Moment): PumpStep {
  const at = state.chains.findIndex(({ incarnation }) => incarnation === message.incarnation);
  const chain = state.chains[at];
  // What is behind the last offered entry was carried over for this very reason.
  if (chain === undefined || message.seq > offerSeq(chain)) return stay(state);
  // What was sent follows from what the cloud was shown to share.
  if (at === state.at && state.phase === 'streaming' && message.seq > chain.ackedSeq) {
    return part(state, 'chains_differ', chain.ackedSeq);
  }
  // It contradicts what was acknowledged: a WELCOME will say where the two part.
  return greetOver({ ...withChain(state, at, { cloudEpoch: null }), at }, moment);
}

function onReject(state: PumpState, message: Heard<'reject'>, moment: Moment): PumpStep {
  // Without anything under way it speaks of what it spoke of before.
  if (state.phase !== 'streaming' || state.inFlight.length === 0) return stay(state);
  const { seq, code } = message;
  const isSame = state.rejected?.seq === seq && state.rejected.code === code;
  const times = isSame && state.rejected !== null ? state.rejected.times + 1 : 1;
  const rejected: PumpState = { ...state, rejected: { seq, code, times } };
  if (times >= MAX_REJECTS) return halt(rejected, 'entry_rejected', seq);
  const attempt = state.attempt + 1;
  return stay(pausedUntil({ ...rejected, attempt }, moment.nowMs + retryDelayMs(attempt, moment.chance)));
}

/** The cloud is busy: as long as it asks for and up to half as long again, so that not all come back at once. */
function onRetry(state: PumpState, { afterMs }: Heard<'retry'>, { nowMs, chance }: Moment): PumpStep {
  const untilMs = nowMs + afterMs * (1 + chance / 2);
  return stay(state.phase === 'greeting' ? { ...state, retryAtMs: untilMs } : pausedUntil(state, untilMs));
}

function onRehello(state: PumpState, { spreadMs }: Heard<'rehello'>, { nowMs, chance }: Moment): PumpStep {
  if (!state.brokerUp || !state.hostOnline || state.phase === 'parting') return stay(state);
  const lifted: PumpState = { ...state, rejected: null, barrenLives: 0 };
  const earliestMs = Math.max(nowMs, state.welcomedAtMs + RETRY_MIN_MS);
  return stay(greetLater({ ...lifted, at: nextToOffer(lifted) }, earliestMs + chance * spreadMs));
}

/** The cloud takes entries again: what was wrong with the last ones is not any more. */
function troubleAfterAck({ trouble }: PumpState): PumpState['trouble'] {
  const over: PumpAlarm[] = ['entry_rejected', 'ack_beyond_head', 'lives_without_end', 'parting_failed'];
  return trouble !== null && over.includes(trouble.code) ? null : trouble;
}
