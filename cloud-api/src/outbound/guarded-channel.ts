import type { Circuits } from './circuits.ts';
import type { ClaimedMessage } from './claim-messages.ts';
import type { SendMessage } from './outbound-worker.ts';
import type { AttemptOutcome } from './record-attempt.ts';

/** What is asked over each channel: the one mail server, and each webhook's endpoint by itself. */
const dependencyOf: { [C in ClaimedMessage['channel']]: (message: ClaimedMessage) => string } = {
  mail: () => 'mail',
  webhook: ({ receiver }) => `webhook ${receiver}`,
};

/** A refusal of one mail or one event is no failure of the other side; silence, overload and its own errors are. */
const isFailure: { [C in ClaimedMessage['channel']]: (outcome: AttemptOutcome) => boolean } = {
  // RFC 5321 section 4.2.3: 421 says that the service is not available.
  mail: ({ outcome, status, ended }) =>
    outcome === 'failed' && ended !== true && (status === null || status === 421),
  webhook: ({ outcome, status, ended }) =>
    outcome === 'failed' && ended !== true && (status === null || status === 429 || status >= 500),
};

/** A channel that is not used while its other side has failed again and again; the message is tried later, as after any failure. */
export function guardedChannel(send: SendMessage, circuits: Circuits): SendMessage {
  return async (message) => {
    const { channel } = message;
    const dependency = dependencyOf[channel](message);
    const outcome = await circuits.call(dependency, isFailure[channel], () => send(message));
    return (
      outcome ?? {
        outcome: 'failed',
        status: null,
        detail: 'not tried: the other side has failed again and again, and is left alone for half a minute',
      }
    );
  };
}
