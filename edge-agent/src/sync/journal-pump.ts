import {
  type Clock,
  type DeviceStatus,
  deviceTopic,
  downMessageSchema,
  type EntryTime,
  type Hello,
  hostStateSchema,
  hostStateTopic,
  type LiveReading,
  type MasterDataAsk,
  readPayload,
  type UpMessage,
  type Uuid,
  type Welcome,
} from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { DeviceKey } from '../store/device-key.ts';
import type { Identity } from '../store/identity.ts';
import type { Journal } from '../store/journal.ts';
import type { Life, Lives } from '../store/lives.ts';
import { StoreError } from '../store/store-error.ts';
import type { SyncPosition } from '../store/sync-position.ts';
import type { TakenCommands } from '../store/taken-commands.ts';
import { cloudClock } from './cloud-clock.ts';
import { followCommands } from './follow-commands.ts';
import { liveLease } from './live-lease.ts';
import type { MasterDataCopy, MasterDataView } from './master-data-copy.ts';
import {
  type BrokerSettings,
  type LinkEvent,
  type Publish,
  type PublishLive,
  type RunLink,
  runMqttLink,
} from './mqtt-link.ts';
import { keepPresence } from './presence.ts';
import {
  type ChainState,
  initialPumpState,
  type PumpAction,
  type PumpEvent,
  type PumpStep,
} from './pump-state.ts';
import { reducePump } from './reduce-pump.ts';
import { batchOf, digestOf, ENTRY_SCHEMAS, helloOf } from './say.ts';
import { batchSent } from './send-next.ts';
import { type SyncView, syncViewOf } from './sync-view.ts';

const TICK_MS = 1_000;

export interface JournalPumpParts {
  clock: Clock;
  random: () => number;
  log: Logger;
  bootId: string;
  appVersion: string;
  /** How far the wall clock can be trusted now. */
  clockState: () => EntryTime['clock'];
  /** Free bytes where the journal is; null when they cannot be told. */
  freeDiskBytes?: () => number | null;
  /** How the device is, besides its sending; left out, it tells no more than that it is there. */
  status?: () => Omit<DeviceStatus, 'sync'>;
  /** What commands are checked by and what they bring about; left out, none is followed. */
  commands?: {
    cloudKey: () => string | null;
    taken: TakenCommands;
    /** What the scales show now. */
    liveScales: () => LiveReading['scales'];
  };
  /** Keeps the cloud's lists up to date over the same connection. */
  copyMasterData?: (send: (ask: MasterDataAsk) => void) => MasterDataCopy;
  /** What keeps the connection; MQTT, unless a simulation puts its own network in the place. */
  link?: RunLink;
  /** Told when it is not known what is on disk: the process has to end and look. */
  onFatal: (error: Error) => void;
}

/** What the pump reads and keeps. */
export interface PumpedStore {
  identity: Identity;
  journal: Pick<Journal, 'head' | 'onAppended'>;
  lives: Lives;
  syncPosition: SyncPosition;
  key: Pick<DeviceKey, 'publicKey'>;
}

export interface JournalPump extends AsyncDisposable {
  /** The copy of the cloud's lists; null where none is kept. */
  masterData: MasterDataView | null;
  view(): SyncView;
}

/**
 * Sends the journal to the cloud until every entry of every life is acknowledged, and again for every entry that is
 * added. An entry counts as delivered when the cloud's ACK names it, never because the broker took it.
 */
export function pumpJournal(
  broker: BrokerSettings,
  { identity, journal, lives, syncPosition, key }: PumpedStore,
  {
    clock,
    random,
    log,
    bootId,
    appVersion,
    clockState,
    freeDiskBytes = () => null,
    status,
    commands,
    copyMasterData,
    link = runMqttLink,
    onFatal,
  }: JournalPumpParts,
): JournalPump {
  const { device } = identity;
  const topics = {
    up: deviceTopic(device, 'up'),
    down: deviceTopic(device, 'down'),
  };
  const stop = new AbortController();
  let held = lives.all();
  let state = initialPumpState(held.map(chainStateOf));
  let publish: Publish | null = null;
  let publishLive: PublishLive | null = null;
  const compareClocks = cloudClock({ clock, log });

  function chainStateOf({ incarnation, head, partedAfter }: Life): ChainState {
    return { incarnation, headSeq: head().seq, partedAfter, ...syncPosition.of(incarnation) };
  }

  function lifeOf(incarnation: Uuid): Life {
    const life = held.find((one) => one.incarnation === incarnation);
    if (life === undefined) throw new Error(`${incarnation} is no life of this database`);
    return life;
  }

  const moment = () => ({ nowMs: clock.monotonicMs(), chance: random() });

  function take(step: PumpStep): void {
    if (step.state.phase !== state.phase) log.info({ from: state.phase, to: step.state.phase }, 'sync.phase');
    state = step.state;
    for (const action of step.actions) perform(action);
  }

  function perform(action: PumpAction): void {
    switch (action.kind) {
      case 'send_hello': {
        const life = lifeOf(action.incarnation);
        const at = {
          wallMs: clock.now(),
          bootId,
          monoMs: Math.floor(clock.monotonicMs()),
          clock: clockState(),
        };
        const facts = { at, appVersion, publicKey: key.publicKey };
        const own = { freeDiskBytes: freeDiskBytes(), masterData: heldMasterData() };
        send(helloOf(identity, held, life, { ...facts, ...own }));
        return;
      }
      case 'send_batch':
        sendBatch(action);
        return;
      case 'send_digest': {
        const digest = digestOf(device, lifeOf(action.incarnation), action.upToSeq);
        if (digest !== undefined) send(digest);
        return;
      }
      case 'keep_acked': {
        const { incarnation, ackedSeq, cloudEpoch } = action;
        keep(() => syncPosition.set(incarnation, ackedSeq, cloudEpoch));
        log.info({ incarnation, ackedSeq }, 'sync.acknowledged');
        return;
      }
      case 'keep_match': {
        const { kind: _, incarnation, ...match } = action;
        keep(() => syncPosition.keepMatch(incarnation, match));
        log.info({ incarnation, matchedSeq: match.matchedSeq }, 'sync.matched');
        return;
      }
      case 'part':
        part(action.incarnation, action.agreedSeq);
        return;
      case 'alarm': {
        const { code, incarnation, seq } = action;
        log.error({ code, incarnation, seq }, 'sync.alarm');
        return;
      }
    }
  }

  function sendBatch({ incarnation, afterSeq, maxRows }: Extract<PumpAction, { kind: 'send_batch' }>): void {
    const batch = batchOf(device, lifeOf(incarnation), afterSeq, maxRows);
    if (batch === undefined)
      throw new Error(`${incarnation} has no entry after ${afterSeq}, or not ${afterSeq}`);
    const bytes = send(batch);
    take(batchSent(state, { incarnation, fromSeq: batch.from, toSeq: batch.to, bytes }, moment()));
  }

  function part(incarnation: Uuid, agreedSeq: number): void {
    let carried: number;
    try {
      carried = lives.part(incarnation, agreedSeq);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === 'commit_unknown') {
        onFatal(error as Error);
        return;
      }
      log.error({ detail: error.message, incarnation, agreedSeq }, 'sync.parting_failed');
      react({ kind: 'parting_failed', ...moment() });
      return;
    }
    held = lives.all();
    const present = { incarnation: identity.incarnation, headSeq: journal.head().seq };
    log.warn({ incarnation, agreedSeq, carried, present: present.incarnation }, 'sync.parted');
    react({ kind: 'parted', present, ...moment() });
    // Whoever listens learns which life is the present one.
    if (publish !== null) presence.connected(publish);
  }

  function keep(write: () => void): void {
    try {
      write();
    } catch (error) {
      // Not kept, it costs a resend after the next start; it is no reason to stop weighing.
      log.error({ detail: (error as Error).message }, 'sync.position_not_kept');
    }
  }

  /** @returns the size of the message */
  function send(message: UpMessage): number {
    const text = JSON.stringify(message);
    publish?.(topics.up, text).catch((error: unknown) => {
      // The retry timer and the reconnect both send again; the cloud drops what it has.
      log.warn({ detail: (error as Error).message, type: message.type }, 'sync.send_failed');
    });
    return Buffer.byteLength(text);
  }

  const masterData = copyMasterData?.(send) ?? null;
  const live = liveLease({
    clock,
    device,
    scales: () => commands?.liveScales() ?? [],
    send: (text) => publishLive?.(deviceTopic(device, 'live'), text) ?? false,
    signal: stop.signal,
  });
  const onCommand =
    commands === undefined
      ? null
      : followCommands({
          ...commands,
          device,
          clock,
          log,
          cloudNowMs,
          follow: ({ leaseMs }) => live.renew(leaseMs),
        });

  /** The cloud's clock since its last WELCOME; ours where it never said. */
  function cloudNowMs(): number {
    if (state.serverTime === null) return clock.now();
    return Date.parse(state.serverTime) + clock.monotonicMs() - state.welcomedAtMs;
  }

  const presence = keepPresence(identity, {
    clock,
    log,
    bootId,
    status: () => (status === undefined ? undefined : { ...status(), sync: sendingOf(syncViewOf(state)) }),
  });

  function heldMasterData(): Hello['masterData'] {
    if (masterData === null) return null;
    const { revision, digest } = masterData.held();
    return { revision, digest };
  }

  function onLinkEvent(event: LinkEvent): void {
    switch (event.kind) {
      case 'up':
        publish = event.publish;
        publishLive = event.publishLive;
        react({ kind: 'broker_up', ...moment() });
        presence.connected(event.publish);
        return;
      case 'down':
        publish = null;
        publishLive = null;
        presence.disconnected();
        react({ kind: 'broker_down', ...moment() });
        masterData?.disconnected();
        return;
      case 'message':
        onPayload(event);
        return;
    }
  }

  function onPayload({ topic, payload, retained }: Extract<LinkEvent, { kind: 'message' }>): void {
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
    const life =
      'incarnation' in message ? held.find((one) => one.incarnation === message.incarnation) : null;
    if (message.device !== device || life === undefined) {
      log.warn({ topic, device: message.device, type: message.type }, 'sync.message_misaddressed');
      return;
    }
    if (message.type === 'command') {
      onCommand?.(message, retained);
      return;
    }
    if (message.type === 'welcome') {
      compareClocks(message.serverTime);
      noteSchemas(message);
    }
    const ownHash = 'upTo' in message ? life?.hashAt(message.upTo) : undefined;
    const agreedSeq = 'agreedSeq' in message ? message.agreedSeq : undefined;
    const ownAgreedHash = agreedSeq === undefined ? undefined : life?.hashAt(agreedSeq);
    react({ kind: 'heard', message, ownHash, ownAgreedHash, ...moment() });
    masterData?.heard(message);
  }

  /** An entry the cloud cannot read is stored and parked there: it is for a person to bring one of the two up to date. */
  function noteSchemas({ schemas }: Welcome): void {
    const reads =
      schemas === undefined || (schemas.min <= ENTRY_SCHEMAS.min && schemas.max >= ENTRY_SCHEMAS.max);
    if (!reads) log.warn({ cloud: schemas, here: ENTRY_SCHEMAS }, 'sync.schemas_differ');
  }

  const react = (event: PumpEvent) => take(reducePump(state, event));

  // Not within the commit: whatever goes wrong here must not touch the answer to a weighing that is already stored.
  journal.onAppended((headSeq) => {
    const { incarnation } = identity;
    queueMicrotask(() => react({ kind: 'appended', incarnation, headSeq, ...moment() }));
  });
  const ticking = tick();
  const linked = link(
    broker,
    [topics.down, hostStateTopic],
    presence.will,
    onLinkEvent,
    { clock, random, log },
    stop.signal,
  );

  async function tick(): Promise<void> {
    while (!stop.signal.aborted) {
      react({ kind: 'tick', ...moment() });
      masterData?.tick();
      presence.tick();
      await clock.sleep(TICK_MS, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    }
  }

  return {
    get masterData() {
      return masterData?.view() ?? null;
    },
    view: () => syncViewOf(state),
    [Symbol.asyncDispose]: async () => {
      if (publish !== null) await presence.goodbye(publish);
      stop.abort();
      await Promise.all([ticking, linked, live.done()]);
    },
  };
}

const sendingOf = ({ trouble, ...view }: SyncView): DeviceStatus['sync'] => ({
  ...view,
  trouble: trouble?.code ?? null,
});
