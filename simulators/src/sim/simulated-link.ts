import type { RunLink } from '@weighgate/edge-agent/src/sync/mqtt-link.ts';
import type { Broker, Connection } from './broker.ts';

const CONNECT_MS = 200;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 60_000;

/** What takes the place of MQTT under an agent's pump: the same events, over the simulated broker. */
export function simulatedLink(broker: Broker): RunLink {
  return async ({ device }, subscriptions, will, onEvent, { clock, random }, signal) => {
    let failures = 0;
    while (!signal.aborted) {
      await clock.sleep(CONNECT_MS * (0.5 + random()));
      const wasUp = await linkOnce();
      onEvent({ kind: 'down' });
      failures = wasUp ? 0 : failures + 1;
      const longestMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(failures, 10));
      await clock.sleep(RETRY_MIN_MS / 2 + longestMs * random());
    }

    /** @returns whether there was a connection */
    async function linkOnce(): Promise<boolean> {
      const over = Promise.withResolvers<void>();
      const connection: Connection | undefined = broker.connect({
        id: device,
        hears: (topic) => subscriptions.includes(topic),
        will: will(),
        deliver: (topic, payload) => onEvent({ kind: 'message', topic, payload, retained: false }),
        dropped: over.resolve,
      });
      if (connection === undefined) return false;
      signal.addEventListener('abort', () => connection.leave(true), { once: true });
      onEvent({
        kind: 'up',
        publish: (topic, payload, options) => connection.publish(topic, payload, options?.retain ?? false),
        // Nobody watches live weight here.
        publishLive: () => false,
      });
      await over.promise;
      return true;
    }
  };
}
