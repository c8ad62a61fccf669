import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import {
  type Batch,
  type DownMessage,
  deviceTopic,
  everyDeviceTopic,
  hostStateTopic,
  MAX_BATCH_ROWS,
  parseDeviceTopic,
} from '@weighgate/protocol';
import { connect, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import { withDeadline } from '../store/deadline.ts';
import { startBackgroundWork } from './background-work.ts';
import { type FairShare, makeFairShare } from './fair-share.ts';
import { hostWill, keepSayingOnline, publishHostState, saysOffline } from './host-presence.ts';
import type { IngestParts } from './ingest.ts';
import { follows } from './join-batches.ts';
import { type Chance, keepServing } from './keep-serving.ts';
import { connectOptionsOf, type MqttLogin } from './mqtt-login.ts';
import { nudgeDevices } from './nudge-devices.ts';
import { confirmPacket, startPacketLine, type WaitingPacket } from './packet-line.ts';
import { receiveRead, type UpReading } from './receive-message.ts';
import { receiveState } from './receive-state.ts';
import { type AheadLooks, makeRowLooks } from './row-looks.ts';

const GOODBYE_TIMEOUT_MS = 500;

/** Rows of one device that are stored in one transaction, and how many while others wait for their turn. */
const MAX_JOINED_ROWS = 8 * MAX_BATCH_ROWS;
const MAX_JOINED_ROWS_AMONG_OTHERS = MAX_BATCH_ROWS;

/** Digests in line; a device whose digest finds no place sends it again the next night. */
const MAX_WAITING_DIGESTS = 50;

/** How the inbox signs in at its broker; each replica has a client id of its own. */
export interface InboxLogin extends MqttLogin {
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

/**
 * Starts listening to every device. Each connection is used once; when one is lost, or the database fails, the next
 * is made after a jittered, growing pause. While there is none, the retained host state says offline, so that devices
 * hold their history and greet anew when it says online.
 */
export function startMqttInbox(login: InboxLogin, parts: IngestParts & { chance: Chance }): MqttInbox {
  const { clock, log } = parts;
  const stopping = new AbortController();
  const state: InboxState = { send: null, connected: false, discardedCount: 0, putOffCount: 0 };
  const share = makeFairShare();
  const looks = makeRowLooks(() => setImmediate());

  const running = keepServing(
    () => serveConnection(login, { ...parts, share, looks }, stopping.signal, state),
    { clock, chance: parts.chance, onPause: (pauseMs) => log.warn({ pauseMs }, 'inbox.reconnecting') },
    stopping.signal,
  );
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

/**
 * Connects, serves until the connection or the database is lost or we stop, and leaves nothing behind.
 * @returns whether it got as far as being subscribed
 */
async function serveConnection(
  login: InboxLogin,
  parts: IngestParts & { share: FairShare; looks: AheadLooks },
  stopping: AbortSignal,
  state: InboxState,
): Promise<boolean> {
  const { clock, log } = parts;
  const client = connect(login.url, { ...connectOptionsOf(login), will: hostWill(clock) });
  const over = Promise.withResolvers<void>();
  let subscribed = false;
  const left = new AbortController();
  let presence: Promise<void> = Promise.resolve();
  let nudging: Promise<void> = Promise.resolve();

  const digests = startBackgroundWork(MAX_WAITING_DIGESTS, log);
  const answer = (message: DownMessage) => publishDown(client, message, log);

  /** The topic of what is worked on. */
  let workedFor = '';
  let lookingAhead: Promise<void> = Promise.resolve();

  /** Only where nothing can be put off, because one device alone speaks: what is put off is not worked on. */
  function onWaiting({ packet, read }: WaitingPacket): void {
    if (packet.topic !== workedFor) return;
    const device = parseDeviceTopic(packet.topic)?.device;
    if (device === undefined || !parts.share.isAlone(device, clock.monotonicMs())) return;
    const message = read()?.message;
    if (message?.type !== 'batch') return;
    lookingAhead = lookingAhead.then(() =>
      left.signal.aborted ? undefined : parts.looks.lookAhead(message),
    );
  }

  /** @returns how many of those that wait it has handled */
  async function handle([first, ...others]: readonly WaitingPacket[]): Promise<number> {
    assert(first !== undefined, 'nothing waits');
    const { packet } = first;
    if (packet.topic === hostStateTopic) {
      const isForgotten = state.connected && saysOffline(Buffer.from(packet.payload));
      if (isForgotten) publishHostState(client, true, clock, log);
      return 1;
    }
    const named = parseDeviceTopic(packet.topic);
    if (named?.channel === 'state') {
      if (!(await receiveState(named.device, packet, parts))) state.discardedCount += 1;
      return 1;
    }
    const device = named?.device;
    if (device !== undefined && (await putOff(device, parts, answer))) {
      state.putOffCount += 1;
      return 1;
    }
    const startedMs = clock.monotonicMs();
    workedFor = packet.topic;
    const reading = first.read();
    const isAlone = device !== undefined && parts.share.isAlone(device, startedMs);
    const maxRows = isAlone ? MAX_JOINED_ROWS : MAX_JOINED_ROWS_AMONG_OTHERS;
    const more = reading === undefined ? [] : batchesAfter(reading, others, maxRows);
    const received =
      reading === undefined ? 'discarded' : await receiveRead(reading, more, answer, parts, digests.add);
    const endedMs = clock.monotonicMs();
    if (device !== undefined) parts.share.charge(device, endedMs - startedMs, endedMs);
    if (received === 'discarded') state.discardedCount += 1;
    workedFor = '';
    return 1 + more.length;
  }

  const line = startPacketLine(handle, {
    log,
    onWaiting,
    confirm: (packet) => confirmPacket(client, packet),
    onFailed: (error) => {
      log.error({ err: error }, 'inbox.storing_failed');
      over.resolve();
    },
  });
  // Called back with an error, mqtt.js goes on to the next packet and leaves the PUBACK to us: we send it after commit.
  client.handleMessage = (packet, callback) => line.add(packet, () => callback(new Error('not done yet')));
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
  await Promise.all([line.close(), lookingAhead, presence, nudging, digests.close()]);
  const isGoodbye = stopping.aborted && client.connected;
  if (isGoodbye) publishHostState(client, false, clock, log);
  // Without the goodbye the connection is cut, so that the broker publishes our will.
  await withDeadline(clock, GOODBYE_TIMEOUT_MS, client.endAsync(!isGoodbye));
  client.stream.destroy();
  return subscribed;
}

/** The batches behind one that go on where it ends, as far as they have come. */
function batchesAfter(
  { device, message }: UpReading,
  waiting: readonly WaitingPacket[],
  maxRows: number,
): Batch[] {
  const batches: Batch[] = [];
  if (message.type !== 'batch') return batches;
  let last = message;
  let rows = last.rows.length;
  for (const packet of waiting) {
    if (rows >= maxRows) break;
    const read = packet.read();
    const next = read?.device === device ? read.message : undefined;
    if (next?.type !== 'batch' || !follows(next, last) || rows + next.rows.length > maxRows) break;
    batches.push(next);
    last = next;
    rows += next.rows.length;
  }
  return batches;
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
