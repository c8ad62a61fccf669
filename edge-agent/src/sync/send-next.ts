import { MAX_BATCH_ROWS } from '@weighgate/protocol';
import { retryDelayMs } from './greet.ts';
import { drained, refilled } from './pace.ts';
import { type Moment, offeredChain, offerSeq, type PumpState, type PumpStep, stay } from './pump-state.ts';

/** Our own ceiling; together with the window it bounds what a broker has to hold for us. */
const MAX_IN_FLIGHT_BYTES = 1024 * 1024;

/** At most one batch at a time: `batchSent` asks for the next while window and pace allow. */
export function sendNext(state: PumpState, { nowMs }: Moment): PumpStep {
  if (state.phase !== 'streaming' || nowMs < state.pausedUntilMs) return stay(state);
  const paced = { ...state, pace: refilled(state.pace, nowMs) };
  const chain = offeredChain(state);
  const { incarnation } = chain;
  const lastSeq = offerSeq(chain);
  const bytes = state.inFlight.reduce((sum, batch) => sum + batch.bytes, 0);
  if (state.sentSeq < lastSeq) {
    const maxRows = Math.min(MAX_BATCH_ROWS, lastSeq - state.sentSeq);
    const mayGo = state.inFlight.length < state.window && bytes < MAX_IN_FLIGHT_BYTES;
    if (!mayGo || paced.pace.rows < maxRows) return stay(paced);
    return {
      state: paced,
      actions: [{ kind: 'send_batch', incarnation, afterSeq: state.sentSeq, maxRows }],
    };
  }
  const [again] = state.digest.again;
  if (again === undefined || state.inFlight.length > 0) return stay(paced);
  const maxRows = Math.min(MAX_BATCH_ROWS, again.to - again.from + 1);
  if (paced.pace.rows < maxRows) return stay(paced);
  const { from } = again;
  return {
    state: paced,
    actions: [{ kind: 'send_batch', incarnation: again.incarnation, afterSeq: from - 1, maxRows }],
  };
}

/** The state after a batch has been handed to the broker; `bytes` is the size of its message. */
export function batchSent(
  state: PumpState,
  sent: { incarnation: string; fromSeq: number; toSeq: number; bytes: number },
  moment: Moment,
): PumpStep {
  const pace = drained(refilled(state.pace, moment.nowMs), sent.toSeq - sent.fromSeq + 1);
  const { digest } = state;
  const [again] = digest.again;
  if (sent.incarnation === again?.incarnation && sent.fromSeq === again.from) {
    const rest = sent.toSeq < again.to ? [{ ...again, from: sent.toSeq + 1 }] : [];
    return stay({ ...state, pace, digest: { ...digest, again: [...rest, ...digest.again.slice(1)] } });
  }
  const next: PumpState = {
    ...state,
    pace,
    sentSeq: sent.toSeq,
    inFlight: [...state.inFlight, { toSeq: sent.toSeq, bytes: sent.bytes }],
    retryAtMs: state.retryAtMs ?? moment.nowMs + retryDelayMs(state.attempt, moment.chance),
  };
  return sendNext(next, moment);
}

export function pausedUntil(state: PumpState, untilMs: number): PumpState {
  const { ackedSeq } = offeredChain(state);
  return {
    ...state,
    sentSeq: ackedSeq,
    inFlight: [],
    rewoundTo: null,
    pausedUntilMs: untilMs,
    retryAtMs: untilMs,
  };
}
