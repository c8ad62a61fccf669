import { goOffline, greet, greetOver, RETRY_MAX_MS } from './greet.ts';
import {
  type ChainState,
  type Moment,
  nextToOffer,
  offeredChain,
  type PumpAction,
  type PumpAlarm,
  type PumpState,
  type PumpStep,
  presentChain,
  stay,
  withChain,
} from './pump-state.ts';

/** New lives without an acknowledgement between them: more of them would fill the journal and settle nothing. */
const MAX_BARREN_LIVES = 3;

export function part(
  state: PumpState,
  code: 'cloud_is_ahead' | 'chains_differ',
  agreedSeq: number,
): PumpStep {
  const { incarnation } = offeredChain(state);
  const isPresent = incarnation === presentChain(state).incarnation;
  if (isPresent && state.barrenLives >= MAX_BARREN_LIVES) return halt(state, 'lives_without_end', agreedSeq);
  const parting = { incarnation, agreedSeq };
  const told = alarm(
    { ...state, phase: 'parting', parting, inFlight: [], retryAtMs: null },
    code,
    agreedSeq + 1,
  );
  return { state: told.state, actions: [...told.actions, { kind: 'part', ...parting }] };
}

export function onParted(
  state: PumpState,
  present: { incarnation: ChainState['incarnation']; headSeq: number },
  moment: Moment,
): PumpStep {
  if (state.phase !== 'parting' || state.parting === null) return stay(state);
  const { incarnation, agreedSeq } = state.parting;
  const { cloudEpoch } = state;
  const shared = { partedAfter: agreedSeq, ackedSeq: agreedSeq, cloudEpoch };
  const parted = state.chains.map((chain) =>
    chain.incarnation === incarnation ? { ...chain, ...shared } : chain,
  );
  const isBorn = presentChain(state).incarnation !== present.incarnation;
  const born: ChainState = { ...present, ackedSeq: 0, cloudEpoch: null, partedAfter: null };
  const settled: PumpState = {
    ...state,
    phase: 'offline',
    chains: isBorn ? [...parted, born] : parted,
    parting: null,
    barrenLives: state.barrenLives + (isBorn ? 1 : 0),
    digest: { ...state.digest, again: [] },
  };
  const grown = withChain(settled, settled.chains.length - 1, { headSeq: present.headSeq });
  const ready = { ...grown, at: nextToOffer(grown) };
  const step = afterParting(ready, isBorn, moment);
  if (cloudEpoch === null) return step;
  const keep: PumpAction = { kind: 'keep_acked', incarnation, ackedSeq: agreedSeq, cloudEpoch };
  return { state: step.state, actions: [keep, ...step.actions] };
}

/** A new life greets at once: there are only so many. What was carried into one that is here can wait its turn. */
function afterParting(state: PumpState, isBorn: boolean, moment: Moment): PumpStep {
  if (!state.brokerUp || !state.hostOnline) return stay(goOffline(state, moment));
  return isBorn ? greet(state, moment) : greetOver(state, moment);
}

/** The journal could not take it, so it is as it was. It is tried again; nothing is sent meanwhile. */
export function onPartingFailed(state: PumpState, { nowMs, chance }: Moment): PumpStep {
  if (state.phase !== 'parting') return stay(state);
  const retryAtMs = nowMs + RETRY_MAX_MS * (0.5 + chance);
  return alarm({ ...state, retryAtMs }, 'parting_failed', state.parting?.agreedSeq ?? 0);
}

export function halt(state: PumpState, code: PumpAlarm, seq: number): PumpStep {
  return alarm({ ...state, phase: 'halted', inFlight: [], retryAtMs: null }, code, seq);
}

export function alarm(state: PumpState, code: PumpAlarm, seq: number): PumpStep {
  const trouble = { code, incarnation: offeredChain(state).incarnation, seq };
  return { state: { ...state, trouble }, actions: [{ kind: 'alarm', ...trouble }] };
}
