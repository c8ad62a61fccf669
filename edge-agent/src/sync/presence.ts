import { type Clock, type DeviceState, deviceTopic, isoInstant } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Identity } from '../store/identity.ts';
import type { Publish, Will } from './mqtt-link.ts';

/** Longest wait for the broker to take the goodbye; without it the will says the same a little later. */
const GOODBYE_MS = 500;

/** Tells the broker's listeners whether this agent is there. */
export interface Presence {
  /** What the broker says for us when we are gone without a goodbye. */
  will: Will;
  sayHello(publish: Publish): void;
  sayGoodbye(publish: Publish): Promise<void>;
}

export function presenceOf(
  identity: Identity,
  bootId: string,
  { clock, log }: { clock: Clock; log: Logger },
): Presence {
  const topic = deviceTopic(identity.device, 'state');

  function textOf(online: boolean): string {
    const { incarnation } = identity;
    const presence: DeviceState = { v: 1, online, incarnation, bootId, at: isoInstant(clock.now()) };
    return JSON.stringify(presence);
  }

  return {
    will: { topic, payload: textOf(false) },
    sayHello: (publish) => {
      publish(topic, textOf(true), { retain: true }).catch((error: unknown) => {
        log.warn({ detail: (error as Error).message }, 'sync.birth_failed');
      });
    },
    sayGoodbye: async (publish) => {
      const patience = new AbortController();
      const announced = publish(topic, textOf(false), { retain: true }).catch((error: unknown) => {
        log.warn({ detail: (error as Error).message }, 'sync.goodbye_failed');
      });
      const waited = clock.sleep(GOODBYE_MS, patience.signal).catch((error: unknown) => {
        if (!patience.signal.aborted) throw error;
      });
      await Promise.race([announced, waited]);
      patience.abort();
    },
  };
}
