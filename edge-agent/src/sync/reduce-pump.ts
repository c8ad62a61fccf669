import { onDigestTick } from './digest-round.ts';
import { goOffline, greet, greetWhenPossible, retryDelayMs } from './greet.ts';
import { onMessage } from './hear-message.ts';
import { onParted, onPartingFailed } from './part-life.ts';
import {
  type Moment,
  nextToOffer,
  offeredChain,
  type PumpEvent,
  type PumpState,
  type PumpStep,
  presentChain,
  stay,
  withChain,
} from './pump-state.ts';
import { sendNext } from './send-next.ts';

/** HELLO is said again after so long although all is well, so that both sides check their watermarks. */
const GREET_AGAIN_MS = 15 * 60_000;

/** The pump's whole behaviour: state and event in, state and actions out. Actions are carried out in their order. */
export function reducePump(state: PumpState, event: PumpEvent): PumpStep {
  switch (event.kind) {
    case 'broker_up':
      return greetWhenPossible({ ...state, brokerUp: true }, event);
    case 'broker_down':
      return stay(goOffline({ ...state, brokerUp: false, hostOnline: false }, event));
    case 'host':
      if (!event.online) return stay(goOffline({ ...state, hostOnline: false }, event));
      return greetWhenPossible({ ...state, hostOnline: true }, event);
    case 'appended':
      if (event.incarnation !== presentChain(state).incarnation) return stay(state);
      return sendNext(withChain(state, state.chains.length - 1, { headSeq: event.headSeq }), event);
    case 'parted':
      return onParted(state, event.present, event);
    case 'parting_failed':
      return onPartingFailed(state, event);
    case 'tick':
      return onTick(state, event);
    case 'heard':
      return onMessage(state, event);
  }
}

function onTick(state: PumpState, moment: Moment): PumpStep {
  const { nowMs, chance } = moment;
  const isDue = state.retryAtMs !== null && nowMs >= state.retryAtMs;
  if (state.phase === 'parting' && isDue && state.parting !== null) {
    return { state: { ...state, retryAtMs: null }, actions: [{ kind: 'part', ...state.parting }] };
  }
  if (state.phase === 'offline' && isDue) return greet({ ...state, at: nextToOffer(state) }, moment);
  // Said unasked, and not answered: there is no inbox.
  if (state.phase === 'greeting' && isDue && !state.hostOnline) return stay(goOffline(state, moment));
  if (state.phase === 'greeting' && isDue) return greet({ ...state, attempt: state.attempt + 1 }, moment);
  if (state.phase !== 'streaming') return stay(state);
  if (isDue) {
    const attempt = state.attempt + 1;
    const again: PumpState = {
      ...state,
      sentSeq: offeredChain(state).ackedSeq,
      inFlight: [],
      rewoundTo: null,
      attempt,
      retryAtMs: nowMs + retryDelayMs(attempt, chance),
    };
    return sendNext(again, moment);
  }
  if (state.inFlight.length === 0 && nowMs - state.welcomedAtMs >= GREET_AGAIN_MS) {
    return greet({ ...state, at: nextToOffer(state) }, moment);
  }
  return onDigestTick(state, moment) ?? sendNext(state, moment);
}
