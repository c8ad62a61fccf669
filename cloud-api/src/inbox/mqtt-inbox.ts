import { Socket } from 'node:net';
import {
  type Clock,
  type DownMessage,
  deviceTopic,
  everyDeviceTopic,
  hostStateTopic,
  parseDeviceTopic,
} from '@weighgate/protocol';
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import { withDeadline } from '../store/deadline.ts';
import { startBackgroundWork } from './background-work.ts';
import { type FairShare, makeFairShare } from './fair-share.ts';
import { hostWill, keepSayingOnline, publishHostState, saysOffline } from './host-presence.ts';
import type { IngestParts } from './ingest.ts';
import { nudgeDevices } from './nudge-devices.ts';
import { receiveMessage } from './receive-message.ts';
import { receiveState } from './receive-state.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_S = 30;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 30_000;
const GOODBYE_TIMEOUT_MS = 500;

/** Digests in line; a device whose digest finds no place sends it again the next night. */
const MAX_WAITING_DIGESTS = 50;

export interface MqttLogin {
  url: string;
  username: string;
  password: string | undefined;
  /** The cloud's own certificate, where the broker asks for one, and the CA its broker has to be of; all in PEM. */
  tls?: { ca: string; cert: string; key: string };
  /** MQTT client id, another one for each replica; the username when left out. */
  clientId?: string | undefined;
  /**
   * Name of the group whose members share the devices' messages between them. Only for a broker that knows `$share`; left
   * out, this inbox hears everything.
   */
  sharedGroup?: string | undefined;
}

/** A running inbox. Disposing lets the running transaction end, says goodbye and leaves the broker. */
export interface MqttInbox extends AsyncDisposable {
  /** Whether it is subscribed at its broker now. */
  isConnected(): boolean;
  /** Hands a message for a device to the broker. @returns false when it is not connected */
  send(message: DownMessage): boolean;
  /** Messages that could not be read and were let go, since the start. */
  discardedCount(): number;
  /** Messages put off because their device had taken more than its share, since the start. */
  putOffCount(): number;
}

interface InboxState {
  send: ((message: DownMessage) => void) | null;
  connected: boolean;
  discardedCount: number;
  putOffCount: number;
}

/** Chance between 0 and 1, for spreading retries. */
export type Chance = () => number;

/**
 * Starts listening to every device. Each connection is used once; when one is lost, or the database fails, the next
 * is made after a jittered, growing pause. While there is none, the retained host state says offline, so that devices
 * hold their history and greet anew when it says online.
 */
export function startMqttInbox(login: MqttLogin, parts: IngestParts & { chance: Chance }): MqttInbox {
  const { clock, log } = parts;
  const stopping = new AbortController();
  const state: InboxState = { send: null, connected: false, discardedCount: 0, putOffCount: 0 };
  const share = makeFairShare();

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const served = await serveConnection(login, { ...parts, share }, stopping.signal, state);
      failures = served ? 1 : failures + 1;
      if (stopping.signal.aborted) return;
      const pauseMs =
        Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)) * (0.5 + parts.chance() / 2);
      log.warn({ pauseMs: Math.round(pauseMs) }, 'inbox.reconnecting');
      await pause(clock, pauseMs, stopping.signal);
    }
  }

  const running = run();
  return {
    isConnected: () => state.connected,
    send: (message) => {
      state.send?.(message);
      return state.send !== null;
    },
    discardedCount: () => state.discardedCount,
    putOffCount: () => state.putOffCount,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** Ends early when stopping; that is no failure. */
async function pause(clock: Clock, durationMs: number, stopping: AbortSignal): Promise<void> {
  try {
    await clock.sleep(durationMs, stopping);
  } catch (error) {
    if (!stopping.aborted) throw error;
  }
}

/**
 * Connects, serves until the connection or the database is lost or we stop, and leaves nothing behind.
 * @returns whether it got as far as being subscribed
 */
async function serveConnection(
  login: MqttLogin,
  parts: IngestParts & { share: FairShare },
  stopping: AbortSignal,
  state: InboxState,
): Promise<boolean> {
  const { clock, log } = parts;
  const client = connect(login.url, optionsOf(login, clock));
  const over = Promise.withResolvers<void>();
  let subscribed = false;
  let work: Promise<void> = Promise.resolve();
  const left = new AbortController();
  let presence: Promise<void> = Promise.resolve();
  let nudging: Promise<void> = Promise.resolve();

  const digests = startBackgroundWork(MAX_WAITING_DIGESTS, log);
  const answer = (message: DownMessage) => publishDown(client, message, log);

  async function handle(packet: IPublishPacket): Promise<void> {
    if (packet.topic === hostStateTopic) {
      const isForgotten = state.connected && saysOffline(Buffer.from(packet.payload));
      if (isForgotten) publishHostState(client, true, clock, log);
      return;
    }
    const named = parseDeviceTopic(packet.topic);
    if (named?.channel === 'state') {
      if (!(await receiveState(named.device, packet, parts))) state.discardedCount += 1;
      return;
    }
    if (named?.channel === 'live') {
      parts.live?.heard(named.device, Buffer.from(packet.payload));
      return;
    }
    const device = named?.device;
    if (device !== undefined && (await putOff(device, parts, answer))) {
      state.putOffCount += 1;
      return;
    }
    const startedMs = clock.monotonicMs();
    const received = await receiveMessage(packet, answer, parts, digests.add);
    const endedMs = clock.monotonicMs();
    if (device !== undefined) parts.share.charge(device, endedMs - startedMs, endedMs);
    if (received === 'discarded') state.discardedCount += 1;
  }

  // In handleMessage and not in on('message'): mqtt.js sends the PUBACK when this calls back, which is after commit.
  client.handleMessage = (packet, callback) => {
    work = handle(packet).then(
      () => callback(),
      (error: unknown) => {
        log.error({ err: error }, 'inbox.storing_failed');
        callback(error as Error);
        over.resolve();
      },
    );
  };
  client.on('error', (error) => {
    log.warn({ err: error }, 'inbox.connection_error');
    over.resolve();
  });
  client.on('close', () => over.resolve());
  client.on('connect', () => {
    // A receipt is small, and TCP would hold it back for 40 ms while an earlier one is not confirmed.
    if (client.stream instanceof Socket) client.stream.setNoDelay(true);
    const everyDevice = everyDeviceTopic('up');
    const filter =
      login.sharedGroup === undefined ? everyDevice : `$share/${login.sharedGroup}/${everyDevice}`;
    // Presence is not shared: a shared subscription is not told what is retained. It is said again, so QoS 0 will do.
    const filters = {
      [filter]: { qos: 1 },
      [everyDeviceTopic('state')]: { qos: 0 },
      [everyDeviceTopic('live')]: { qos: 0 },
      [hostStateTopic]: { qos: 0 },
    } as const;
    client.subscribe(filters, (error, granted) => {
      if (error || granted?.some(({ topic, qos }) => qos !== (topic === filter ? 1 : 0))) {
        log.error({ err: error }, 'inbox.subscribe_refused');
        over.resolve();
        return;
      }
      subscribed = true;
      state.connected = true;
      state.send = answer;
      presence = keepSayingOnline(client, parts, left.signal);
      log.info({ url: login.url }, 'inbox.connected');
      if (parts.masterData !== undefined) {
        nudging = nudgeDevices(parts.masterData, answer, parts, left.signal);
      }
    });
  });
  const stop = () => over.resolve();
  stopping.addEventListener('abort', stop, { once: true });
  if (stopping.aborted) stop();

  await over.promise;
  stopping.removeEventListener('abort', stop);
  state.connected = false;
  state.send = null;
  left.abort();
  await Promise.all([work, presence, nudging, digests.close()]);
  const isGoodbye = stopping.aborted && client.connected;
  if (isGoodbye) publishHostState(client, false, clock, log);
  // Without the goodbye the connection is cut, so that the broker publishes our will.
  await withDeadline(clock, GOODBYE_TIMEOUT_MS, client.endAsync(!isGoodbye));
  client.stream.destroy();
  return subscribed;
}

function optionsOf(login: MqttLogin, clock: Clock): IClientOptions {
  return {
    clientId: login.clientId ?? login.username,
    username: login.username,
    ...(login.password === undefined ? {} : { password: login.password }),
    ...login.tls,
    protocolVersion: 4,
    clean: true,
    keepalive: KEEPALIVE_S,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: 0,
    queueQoSZero: false,
    will: hostWill(clock),
  };
}

/**
 * Whether a device has to wait because it took more than its share. It is told so when it understands that; else it sends
 * again by itself, because nothing is acknowledged.
 */
async function putOff(
  device: string,
  { share, clock, db }: IngestParts & { share: FairShare },
  answer: (message: DownMessage) => void,
): Promise<boolean> {
  const admission = share.admit(device, clock.monotonicMs());
  if (admission.kind === 'admitted') return false;
  if (!admission.tell) return true;
  const known = await db
    .selectFrom('devices')
    .select('speaks_sync_2')
    .where('device', '=', device)
    .executeTakeFirst();
  if (known?.speaks_sync_2 === true) answer({ v: 1, type: 'retry', device, afterMs: admission.afterMs });
  return true;
}

// Not awaited: the broker's answer comes through the very stream that waits for our handling to end.
function publishDown(client: MqttClient, message: DownMessage, log: Logger): void {
  client.publish(deviceTopic(message.device, 'down'), JSON.stringify(message), { qos: 1 }, (error) => {
    if (error)
      log.warn({ err: error, device: message.device, type: message.type }, 'inbox.answer_not_published');
  });
}
