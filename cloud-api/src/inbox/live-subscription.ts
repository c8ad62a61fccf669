import { type Clock, everyDeviceTopic, parseDeviceTopic } from '@weighgate/protocol';
import { connect } from 'mqtt';
import type { Logger } from 'pino';
import type { LiveListeners } from '../fleet/live-listeners.ts';
import { withDeadline } from '../store/deadline.ts';
import { type Chance, keepServing } from './keep-serving.ts';
import { connectOptionsOf, type MqttLogin } from './mqtt-login.ts';

const GOODBYE_TIMEOUT_MS = 500;

/** Listening to live weight. Disposing leaves the broker. */
export interface LiveSubscription extends AsyncDisposable {
  /** Whether it is subscribed at its broker now. */
  isConnected(): boolean;
}

export interface LiveSubscriptionParts {
  clock: Clock;
  log: Logger;
  chance: Chance;
  live: Pick<LiveListeners, 'heard'>;
}

/**
 * Starts listening to the live weight of every device, on a connection of its own: the inbox takes one message after
 * another, and a reading would wait behind every batch that came before it. It says nothing and keeps nothing; what
 * comes while it is away is gone, as QoS 0 has it.
 * @param login under a client id of its own, or the broker would cut the inbox for it
 */
export function startLiveSubscription(login: MqttLogin, parts: LiveSubscriptionParts): LiveSubscription {
  const { clock, log, chance } = parts;
  const stopping = new AbortController();
  const state = { connected: false };
  const running = keepServing(
    () => serveConnection(login, parts, stopping.signal, state),
    { clock, chance, onPause: (pauseMs) => log.warn({ pauseMs }, 'live.reconnecting') },
    stopping.signal,
  );
  return {
    isConnected: () => state.connected,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** @returns whether it got as far as being subscribed */
async function serveConnection(
  login: MqttLogin,
  { clock, log, live }: LiveSubscriptionParts,
  stopping: AbortSignal,
  state: { connected: boolean },
): Promise<boolean> {
  const client = connect(login.url, connectOptionsOf(login));
  const over = Promise.withResolvers<void>();
  let subscribed = false;
  client.on('message', (topic, payload) => {
    const named = parseDeviceTopic(topic);
    if (named?.channel === 'live') live.heard(named.device, payload);
  });
  client.on('error', (error) => {
    log.warn({ err: error }, 'live.connection_error');
    over.resolve();
  });
  client.on('close', () => over.resolve());
  client.on('connect', () => {
    client.subscribe(everyDeviceTopic('live'), { qos: 0 }, (error, granted) => {
      if (error || granted?.some(({ qos }) => qos !== 0)) {
        log.error({ err: error }, 'live.subscribe_refused');
        over.resolve();
        return;
      }
      subscribed = true;
      state.connected = true;
      log.info({ url: login.url }, 'live.connected');
    });
  });
  const stop = () => over.resolve();
  stopping.addEventListener('abort', stop, { once: true });
  if (stopping.aborted) stop();

  await over.promise;
  stopping.removeEventListener('abort', stop);
  state.connected = false;
  await withDeadline(clock, GOODBYE_TIMEOUT_MS, client.endAsync(!client.connected));
  client.stream.destroy();
  return subscribed;
}
