import { offerSeq, type PumpState, presentChain, type Trouble } from './pump-state.ts';

/** What is known about the sending, for people to see. Numbers of entries are of the present life. */
export interface SyncView {
  phase: PumpState['phase'];
  headSeq: number;
  ackedSeq: number;
  /** Entries of former lives that the cloud has not acknowledged. */
  formerWaiting: number;
  /** What a person must look at; null when all is well. */
  trouble: Trouble | null;
}

export function syncViewOf(state: PumpState): SyncView {
  const { phase, chains, trouble } = state;
  const { headSeq, ackedSeq } = presentChain(state);
  const waiting = chains.slice(0, -1).map((chain) => offerSeq(chain) - chain.ackedSeq);
  return { phase, headSeq, ackedSeq, formerWaiting: waiting.reduce((sum, one) => sum + one, 0), trouble };
}

/** What there is to see where nothing is sent. */
export function offlineView(headSeq: number): SyncView {
  return { phase: 'offline', headSeq, ackedSeq: 0, formerWaiting: 0, trouble: null };
}
