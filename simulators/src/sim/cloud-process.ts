import { HOST_STATE_EVERY_MS } from '@weighgate/cloud-api/src/inbox/host-presence.ts';
import {
  type Clock,
  type DownMessage,
  deviceTopic,
  type HostState,
  hostStateTopic,
  isoInstant,
  parseDeviceTopic,
} from '@weighgate/protocol';
import type { Random } from '../random.ts';
import type { Broker, Connection } from './broker.ts';
import type { CloudStore } from './cloud-store.ts';
import type { CrashPoint } from './fault-plan.ts';
import type { History } from './history.ts';

/** The program around a cloud's database: hears the broker, handles one message at a time, answers after the commit. */
export interface CloudProcess {
  start(): void;
  /** It dies: now, or at the next message before or after its commit. */
  crash(point: CrashPoint, downMs: number): void;
  /** Tells every device that heard of it before that there is newer master data. */
  nudge(revision: number): void;
  isUp(): boolean;
}

interface Packet {
  topic: string;
  payload: Uint8Array;
  done: () => void;
}

const CLIENT_ID = 'cloud';
const RETRY_MS = 2_000;
const MAX_HANDLING_MS = 15;

class Crash extends Error {}

export function cloudProcess(
  store: CloudStore,
  broker: Broker,
  {
    clock,
    random,
    history,
    onAnswered,
  }: {
    clock: Clock;
    random: Random;
    history: History;
    /** Told of every answer as it is sent. */
    onAnswered: (message: DownMessage) => void;
  },
): CloudProcess {
  const draw = random.fork('cloud');
  const devices = new Set<string>();
  /** Rises with every start and every death: what belongs to an earlier one is nothing any more. */
  let life = 0;
  let isUp = false;
  let armed: { point: CrashPoint; downMs: number } | null = null;
  let connection: Connection | undefined;
  let waiting: Packet[] = [];
  let isHandling = false;

  const hostState = (online: boolean): string => {
    const state: HostState = { v: 1, online, at: isoInstant(clock.now()) };
    return JSON.stringify(state);
  };

  function start(): void {
    life += 1;
    isUp = true;
    history.note('cloud started');
    connect(life);
  }

  function connect(of: number): void {
    if (of !== life) return;
    connection = broker.connect({
      id: CLIENT_ID,
      hears: (topic) => topic === hostStateTopic || parseDeviceTopic(topic)?.channel === 'up',
      will: { topic: hostStateTopic, payload: hostState(false) },
      deliver: (topic, payload) =>
        new Promise((done) => {
          waiting.push({ topic, payload, done });
          if (!isHandling) void handleWaiting(of);
        }),
      dropped: () => {
        connection = undefined;
        waiting = [];
        if (of === life) void clock.sleep(RETRY_MS).then(() => connect(of));
      },
    });
    if (connection === undefined) void clock.sleep(RETRY_MS).then(() => connect(of));
    else void sayOnline(connection);
  }

  /** Again and again: a device that missed it once would wait for ever. */
  async function sayOnline(by: Connection): Promise<void> {
    while (by === connection) {
      void by.publish(hostStateTopic, hostState(true), true);
      await clock.sleep(HOST_STATE_EVERY_MS);
    }
  }

  async function handleWaiting(of: number): Promise<void> {
    isHandling = true;
    for (let packet = waiting.shift(); packet !== undefined; packet = waiting.shift()) {
      await clock.sleep(draw.next() * MAX_HANDLING_MS);
      if (of !== life) break;
      await handle(packet);
      if (of !== life) break;
      packet.done();
    }
    isHandling = false;
    if (waiting.length > 0) void handleWaiting(life);
  }

  async function handle({ topic, payload }: Packet): Promise<void> {
    if (topic === hostStateTopic) {
      const saysOffline = (JSON.parse(Buffer.from(payload).toString()) as HostState).online === false;
      if (saysOffline) void connection?.publish(hostStateTopic, hostState(true), true);
      return;
    }
    const device = parseDeviceTopic(topic)?.device;
    if (device !== undefined) devices.add(device);
    let isDying = false;
    const answer = (message: DownMessage) => {
      isDying ||= armed?.point === 'after_commit';
      if (!isDying) publish(message);
    };
    const atCommit = () => {
      if (armed?.point === 'before_commit') throw new Crash();
    };
    try {
      await store.receive({ topic, payload }, answer, atCommit);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      isDying = true;
    }
    if (isDying) die(armed?.downMs ?? 0);
  }

  function publish(message: DownMessage): void {
    history.note(`cloud says ${wordsOf(message)} to ${message.device}`);
    onAnswered(message);
    void connection?.publish(deviceTopic(message.device, 'down'), JSON.stringify(message), false);
  }

  function die(downMs: number): void {
    history.note('cloud died');
    life += 1;
    isUp = false;
    armed = null;
    waiting = [];
    broker.drop(CLIENT_ID);
    const of = life;
    void clock.sleep(downMs).then(() => of === life && start());
  }

  return {
    start,
    crash: (point, downMs) => {
      if (!isUp) return;
      if (point === 'idle') die(downMs);
      else armed = { point, downMs };
    },
    nudge: (revision) => {
      if (isUp && revision > 0)
        for (const device of devices) publish({ v: 1, type: 'md_nudge', device, revision });
    },
    isUp: () => isUp,
  };
}

function wordsOf(message: DownMessage): string {
  switch (message.type) {
    case 'welcome':
    case 'ack':
      return `${message.type} ${message.upTo} ${message.hash.slice(0, 8)}`;
    case 'need':
      return `need ${message.from}`;
    case 'fork':
    case 'reject':
      return `${message.type} ${message.seq}`;
    case 'md_page':
      return `md_page ${message.from}-${message.to}`;
    case 'digest_result':
      return `digest_result ${message.agreedSeq} ${message.differing.length}`;
    default:
      return message.type;
  }
}
