import {
  type Batch,
  type Clock,
  type DeviceState,
  deviceTopic,
  downMessageSchema,
  type Hello,
  hostStateSchema,
  hostStateTopic,
  isoInstant,
  MAX_BATCH_ROWS,
  MAX_MESSAGE_BYTES,
  readPayload,
} from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Identity } from '../store/identity.ts';
import type { Journal } from '../store/journal.ts';
import type { SyncPosition } from '../store/sync-position.ts';
import { type BrokerSettings, type LinkEvent, type Publish, runMqttLink } from './mqtt-link.ts';
import {
  batchSent,
  initialPumpState,
  type PumpAction,
  type PumpEvent,
  type PumpState,
  type PumpStep,
  reducePump,
} from './pump-state.ts';

/** Half of the largest message: entry text grows when it is quoted as a JSON string. */
const BATCH_BYTES = MAX_MESSAGE_BYTES / 2;
const TICK_MS = 1_000;
/** Longest wait for the broker to take the goodbye; without it the will says the same a little later. */
const GOODBYE_MS = 500;

export interface JournalPumpParts {
  clock: Clock;
  random: () => number;
  log: Logger;
  bootId: string;
  appVersion: string;
}

/** What is known about the sending, for people to see. */
export interface SyncView {
  phase: PumpState['phase'];
  headSeq: number;
  ackedSeq: number;
}

export interface JournalPump extends AsyncDisposable {
  view(): SyncView;
}

/**
 * Sends the journal to the cloud until every entry is acknowledged, and again for every entry that is added. An entry
 * counts as delivered when the cloud's ACK names it, never because the broker took it.
 */
export function pumpJournal(
  broker: BrokerSettings,
  { identity, journal, syncPosition }: { identity: Identity; journal: Journal; syncPosition: SyncPosition },
  { clock, random, log, bootId, appVersion }: JournalPumpParts,
): JournalPump {
  const { device, incarnation } = identity;
  const chain = { v: 1, device, incarnation } as const;
  const topics = {
    up: deviceTopic(device, 'up'),
    down: deviceTopic(device, 'down'),
    state: deviceTopic(device, 'state'),
  };
  const stop = new AbortController();
  let state = initialPumpState(journal.head().seq, syncPosition.of(identity.incarnation).ackedSeq);
  let publish: Publish | null = null;

  const moment = () => ({ nowMs: clock.monotonicMs(), chance: random() });

  function take(step: PumpStep): void {
    if (step.state.phase !== state.phase) log.info({ from: state.phase, to: step.state.phase }, 'sync.phase');
    state = step.state;
    for (const action of step.actions) perform(action);
  }

  function perform(action: PumpAction): void {
    switch (action.kind) {
      case 'send_hello':
        send(topics.up, helloNow());
        return;
      case 'send_batch': {
        const batch = batchAfter(action.afterSeq);
        send(topics.up, batch);
        take(batchSent(state, batch.to, moment()));
        return;
      }
      case 'keep_acked':
        keepAcked(action.ackedSeq, action.cloudEpoch);
        return;
      case 'alarm':
        log.error({ code: action.code, seq: action.seq }, 'sync.alarm');
        return;
    }
  }

  function keepAcked(ackedSeq: number, cloudEpoch: string): void {
    try {
      syncPosition.set(identity.incarnation, ackedSeq, cloudEpoch);
      log.info({ ackedSeq }, 'sync.acknowledged');
    } catch (error) {
      // Not kept, it costs a resend after the next start; it is no reason to stop weighing.
      log.error({ detail: (error as Error).message, ackedSeq }, 'sync.position_not_kept');
    }
  }

  function send(topic: string, message: Hello | Batch): void {
    publish?.(topic, JSON.stringify(message)).catch((error: unknown) => {
      // The retry timer and the reconnect both send again; the cloud drops what it has.
      log.warn({ detail: (error as Error).message, type: message.type }, 'sync.send_failed');
    });
  }

  function helloNow(): Hello {
    const head = journal.head();
    return {
      ...chain,
      type: 'hello',
      bornAt: identity.bornAt,
      parent: identity.parent,
      head,
      oldestSeq: head.seq === 0 ? 0 : 1,
      appVersion,
      at: { wallMs: clock.now(), bootId, monoMs: Math.floor(clock.monotonicMs()), clock: 'unknown' },
      freeDiskBytes: null,
      masterData: null,
      capabilities: [],
    };
  }

  function batchAfter(afterSeq: number): Batch {
    const rows = journal.rowsAfter(afterSeq, MAX_BATCH_ROWS, BATCH_BYTES);
    const [first, last] = [rows[0], rows.at(-1)];
    const previousHash = journal.hashAt(afterSeq);
    if (first === undefined || last === undefined || previousHash === undefined) {
      throw new Error(`the journal has no entry after ${afterSeq} although its head is ${state.headSeq}`);
    }
    return { ...chain, type: 'batch', from: first.seq, to: last.seq, previousHash, rows };
  }

  function onLinkEvent(event: LinkEvent): void {
    switch (event.kind) {
      case 'up':
        publish = event.publish;
        announce(event.publish, true).catch((error: unknown) => {
          log.warn({ detail: (error as Error).message }, 'sync.birth_failed');
        });
        react({ kind: 'broker_up', ...moment() });
        return;
      case 'down':
        publish = null;
        react({ kind: 'broker_down', ...moment() });
        return;
      case 'message':
        onPayload(event.topic, event.payload);
        return;
    }
  }

  function stateText(online: boolean): string {
    const presence: DeviceState = { v: 1, online, incarnation, bootId, at: isoInstant(clock.now()) };
    return JSON.stringify(presence);
  }

  async function announce(announceBy: Publish, online: boolean): Promise<void> {
    await announceBy(topics.state, stateText(online), { retain: true });
  }

  async function sayGoodbye(announceBy: Publish): Promise<void> {
    const patience = new AbortController();
    const announced = announce(announceBy, false).catch((error: unknown) => {
      log.warn({ detail: (error as Error).message }, 'sync.goodbye_failed');
    });
    const waited = clock.sleep(GOODBYE_MS, patience.signal).catch((error: unknown) => {
      if (!patience.signal.aborted) throw error;
    });
    await Promise.race([announced, waited]);
    patience.abort();
  }

  function onPayload(topic: string, payload: Uint8Array): void {
    if (topic === hostStateTopic) {
      const host = readPayload(hostStateSchema, payload);
      if (host.ok) react({ kind: 'host', online: host.message.online, ...moment() });
      else log.warn({ topic, reason: host.reason }, 'sync.message_refused');
      return;
    }
    const down = readPayload(downMessageSchema, payload);
    if (!down.ok) {
      log.warn({ topic, reason: down.reason }, 'sync.message_refused');
      return;
    }
    const { message } = down;
    const aboutUs =
      message.device === device && (!('incarnation' in message) || message.incarnation === incarnation);
    if (!aboutUs) {
      log.warn({ topic, device: message.device, type: message.type }, 'sync.message_misaddressed');
      return;
    }
    const ownHash = 'upTo' in message ? journal.hashAt(message.upTo) : undefined;
    react({ kind: 'heard', message, ownHash, ...moment() });
  }

  const react = (event: PumpEvent) => take(reducePump(state, event));

  // Not within the commit: whatever goes wrong here must not touch the answer to a weighing that is already stored.
  journal.onAppended((headSeq) => queueMicrotask(() => react({ kind: 'appended', headSeq, ...moment() })));
  const ticking = tick();
  const will = { topic: topics.state, payload: stateText(false) };
  const linked = runMqttLink(
    broker,
    [topics.down, hostStateTopic],
    will,
    onLinkEvent,
    { clock, random, log },
    stop.signal,
  );

  async function tick(): Promise<void> {
    while (!stop.signal.aborted) {
      react({ kind: 'tick', ...moment() });
      await clock.sleep(TICK_MS, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    }
  }

  return {
    view: () => ({ phase: state.phase, headSeq: state.headSeq, ackedSeq: state.ackedSeq }),
    [Symbol.asyncDispose]: async () => {
      if (publish !== null) await sayGoodbye(publish);
      stop.abort();
      await Promise.all([ticking, linked]);
    },
  };
}
