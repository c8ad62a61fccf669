import type { Clock } from '@weighgate/protocol';
import type { Random } from '../random.ts';
import { calm, type Personality, type Weather } from './fault-plan.ts';
import type { History } from './history.ts';

/** What a client gives its broker when it connects. */
export interface Client {
  id: string;
  hears: (topic: string) => boolean;
  will: { topic: string; payload: string };
  /** Resolves when it has dealt with the message: the PUBACK. */
  deliver: (topic: string, payload: Uint8Array) => void | Promise<void>;
  /** The connection is gone. */
  dropped: () => void;
}

export interface Connection {
  /** Resolves on the broker's PUBACK; never when that is lost. */
  publish(topic: string, payload: string, retain: boolean): Promise<void>;
  /** Politely: no will is sent. */
  leave(politely: boolean): void;
}

/** A broker and the network around it. Whatever it does, it may do by MQTT 3.1.1 with clean sessions, or worse. */
export interface Broker {
  /** Undefined while the broker is down or the client cut off. */
  connect(client: Client): Connection | undefined;
  /** A client's machine is gone from one moment to the next. */
  drop(id: string): void;
  setWeather(weather: Weather): void;
  /** Swallows what a client sends and is sent; after a while both notice. */
  cutOff(id: string, isCut: boolean): void;
  /** Swallows what a client is sent, and nobody notices. */
  deafen(id: string, isDeaf: boolean): void;
  stop(): void;
  start(): void;
  /** Messages on their way. */
  underWay(): number;
}

interface Live extends Client {
  isOpen: boolean;
  outstanding: number;
  /** By pipe: when the last message on it arrives. */
  lastDueMs: Map<string, number>;
}

/** A client that does not keep up is sent no more than so many at once. */
const bounds: Record<Personality, number> = { aedes: 1_000, mosquitto: 24, strict: 1_000 };
/** How long a connection to nowhere is believed in. */
const KEEPALIVE_MS = 30_000;
const MAX_WILL_LATE_MS = 10_000;

export function openBroker(
  personality: Personality,
  { clock, random, history }: { clock: Clock; random: Random; history: History },
): Broker {
  const draw = random.fork('network');
  const retained = new Map<string, string>();
  const clients = new Map<string, Live>();
  const cut = new Set<string>();
  const deaf = new Set<string>();
  let weather = calm;
  let isUp = true;
  let underWay = 0;

  function later(delayMs: number, work: () => void): void {
    underWay += 1;
    void clock.sleep(delayMs).then(() => {
      underWay -= 1;
      work();
    });
  }

  /** One message on one hop: lost, late, out of order or twice, as the weather is. */
  function send(pipe: Live, name: string, what: string, arrive: () => void): void {
    const isLost = draw.next() < weather.loss;
    const isTwice = draw.next() < weather.duplicate || (personality === 'strict' && draw.next() < 0.05);
    const isHeldBack = draw.next() < weather.delay;
    const isOvertaken = draw.next() < weather.reorder;
    if (isLost) {
      history.note(`lost ${what}`);
      return;
    }
    for (let copy = isTwice ? 2 : 1; copy > 0; copy -= 1) {
      const spreadMs = isOvertaken ? 3_000 : 80;
      const delayMs = 5 + draw.next() * (isHeldBack ? weather.longestDelayMs : spreadMs);
      const earliestMs = isHeldBack || isOvertaken ? 0 : (pipe.lastDueMs.get(name) ?? 0);
      const dueMs = Math.max(clock.monotonicMs() + delayMs, earliestMs);
      if (!isHeldBack && !isOvertaken) pipe.lastDueMs.set(name, dueMs);
      later(dueMs - clock.monotonicMs(), arrive);
    }
  }

  function route(topic: string, payload: string): void {
    for (const client of clients.values()) if (client.hears(topic)) forward(client, topic, payload);
  }

  function forward(client: Live, topic: string, payload: string): void {
    if (client.outstanding >= bounds[personality]) {
      history.note(`dropped by the broker: ${topic} for ${client.id}`);
      return;
    }
    // Order holds within a topic; only a broker that likes to keeps it across topics too.
    const pipe = personality === 'strict' ? `down ${topic}` : 'down';
    send(client, pipe, `${topic} for ${client.id}`, () => {
      // Held back long enough, it meets a later connection of the same client.
      const now = clients.get(client.id);
      if (now === undefined || cut.has(client.id) || deaf.has(client.id)) return;
      now.outstanding += 1;
      void Promise.resolve(now.deliver(topic, Buffer.from(payload))).then(() => {
        now.outstanding -= 1;
      });
    });
  }

  function accept(topic: string, payload: string, retain: boolean): void {
    if (retain) retained.set(topic, payload);
    route(topic, payload);
  }

  function end(client: Live, sendsWill: boolean): void {
    if (!client.isOpen) return;
    client.isOpen = false;
    if (clients.get(client.id) === client) clients.delete(client.id);
    if (sendsWill) {
      const { topic, payload } = client.will;
      later(draw.next() * MAX_WILL_LATE_MS, () => isUp && accept(topic, payload, true));
    }
    client.dropped();
  }

  function noticeSilence(id: string): void {
    void clock.sleep(KEEPALIVE_MS).then(() => {
      const client = clients.get(id);
      if (client !== undefined && cut.has(id)) end(client, true);
    });
  }

  return {
    connect: (given) => {
      if (!isUp || cut.has(given.id)) return undefined;
      const client: Live = { ...given, isOpen: true, outstanding: 0, lastDueMs: new Map() };
      const before = clients.get(client.id);
      if (before !== undefined) end(before, true);
      clients.set(client.id, client);
      history.note(`connected ${client.id}`);
      for (const [topic, payload] of retained) if (client.hears(topic)) forward(client, topic, payload);
      return {
        publish: (topic, payload, retain) =>
          new Promise((resolve) => {
            if (!client.isOpen || cut.has(client.id)) return;
            send(client, 'up', `${topic} from ${client.id}`, () => {
              if (!isUp || cut.has(client.id)) return;
              resolve();
              accept(topic, payload, retain);
            });
          }),
        leave: (politely) => end(client, !politely),
      };
    },
    drop: (id) => {
      const client = clients.get(id);
      if (client !== undefined) end(client, true);
    },
    setWeather: (next) => {
      weather = next;
    },
    cutOff: (id, isCut) => {
      if (isCut) {
        cut.add(id);
        noticeSilence(id);
      } else cut.delete(id);
    },
    deafen: (id, isDeaf) => void (isDeaf ? deaf.add(id) : deaf.delete(id)),
    stop: () => {
      isUp = false;
      // Mosquitto keeps what is retained; the others keep nothing.
      if (personality !== 'mosquitto') retained.clear();
      for (const client of [...clients.values()]) end(client, false);
    },
    start: () => {
      isUp = true;
    },
    underWay: () => underWay,
  };
}
