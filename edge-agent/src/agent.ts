import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, idMaker, type LiveReading, MAX_PROVIDER_NAME } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { type Config, ConfigError } from './config.ts';
import { deviceStatusOf, liveScaleOf } from './device-status.ts';
import { kioskApp } from './kiosk-server/app.ts';
import { pinVerifier } from './kiosk-server/pin-verifier.ts';
import { serveHttp } from './kiosk-server/serve.ts';
import type { OpenLine } from './line/line.ts';
import { openLineOf } from './open-line.ts';
import { printWeighings } from './print-weighings.ts';
import { sealedSoftware } from './seal-software.ts';
import { sealableParametersOf } from './sealable-parameters.ts';
import { secretFromFile } from './secret-file.ts';
import { softwareIdentificationOf } from './software-identification.ts';
import { freeDiskBytes } from './store/free-disk.ts';
import { openMasterDataBook } from './store/master-data-book.ts';
import { openStore, type Store } from './store/open-store.ts';
import { readEnrolment } from './sync/enrolment-file.ts';
import { type JournalPump, type JournalPumpParts, pumpJournal } from './sync/journal-pump.ts';
import { masterDataCopy } from './sync/master-data-copy.ts';
import type { BrokerCredentials, BrokerSettings } from './sync/mqtt-link.ts';
import { keepCertificateFresh } from './sync/renew-certificate.ts';
import { offlineView } from './sync/sync-view.ts';
import { askTimeSync, type TimeSyncPort } from './time-sync.ts';
import { watchAlibi } from './watch-alibi.ts';
import { watchClock } from './watch-clock.ts';
import { watchPositions } from './watch-positions.ts';
import { watchScales } from './watch-scales.ts';
import { watchSleep } from './watch-sleep.ts';
import { watchStore } from './watch-store.ts';
import { alibiChecker } from './weighing/check-alibi.ts';
import { sessionDesk } from './weighing/session-desk.ts';
import type { TicketSite } from './weighing/ticket/ticket.ts';
import { ticketDrawer } from './weighing/ticket/ticket-drawer.ts';

/** What the agent is handed from outside. */
export interface AgentParts {
  clock: Clock;
  /** Chance in [0, 1), for jitter only. */
  random: () => number;
  log: Logger;
  bootId: string;
  processId: number;
  appVersion: string;
  /** Milliseconds since the computer started, its sleep included; left out, it never sleeps. */
  uptimeMs?: () => number;
  /** The commit of the source, where it is known. */
  commit?: string | null;
  /** How a configured line is opened; tests hand in another. */
  openLine?: (line: Config['scales'][number]['line']) => OpenLine;
  /** What the system is asked for its time server with; tests hand in another. */
  timeSyncPort?: TimeSyncPort;
}

export interface Agent extends AsyncDisposable {
  url: string;
  apiKey: string;
  /** Rejects when the agent cannot go on and the process has to end. */
  readonly failed: Promise<never>;
}

/** The one place that joins the rooms, in the order the data flows. */
export async function startAgent(config: Config, parts: AgentParts): Promise<Agent> {
  const { clock, random, log } = parts;
  const makeId = idMaker(clock);
  const openLine = parts.openLine ?? openLineOf;
  const stop = new AbortController();
  const failure = Promise.withResolvers<never>();
  // Whoever awaits `failed` hears of it; before that the rejection must not count as unhandled.
  failure.promise.catch(() => undefined);

  const broker = brokerOf(config);
  await using undo = new AsyncDisposableStack();
  const store = undo.use(
    openStore(config, { clock, makeId, bootId: parts.bootId, processId: parts.processId }),
  );
  const software = softwareIdentificationOf(parts.appVersion, parts.commit ?? null);
  const sealed = sealedSoftware(config, software, store.sealedParameters, log);
  const parameters = new Map([...sealableParametersOf(config), ...sealed.parameters]);
  const changed = store.sealedParameters.record(parameters, 'configuration');
  if (changed.length > 0) log.warn({ changed }, 'parameters.changed');
  const readers: Promise<void>[] = [];
  undo.defer(async () => {
    stop.abort();
    await Promise.all(readers);
  });

  const watching = { clock, random, log, signal: stop.signal };
  const positions = watchPositions(config, openLine, watching);
  readers.push(positions.done.catch(failure.reject));
  const watched = watchScales(config, store.registeredLoads, openLine, positions, watching);
  for (const { done } of watched.scales) readers.push(done.catch(failure.reject));
  const scales = [...watched.scales, ...watched.sums];
  const alibiOf = (scaleId: string) => watched.scales.find(({ id }) => id === scaleId)?.alibi;
  const checkAlibi = alibiChecker(alibiOf);
  readers.push(watchAlibi(store, checkAlibi, watching).catch(failure.reject));
  const watchedStore = watchStore(config, store, { clock, log, signal: stop.signal });
  readers.push(watchedStore.done.catch(failure.reject));
  const { storageState } = watchedStore;
  const ticketSite = ticketSiteOf(config, store, software.softwareId);
  const drawer = ticketDrawer();
  const printed =
    config.printer === undefined
      ? null
      : printWeighings(config.printer, {
          store,
          site: ticketSite,
          drawer,
          clock,
          log,
          signal: stop.signal,
        });
  if (printed === null) store.printQueue.discard();
  else readers.push(printed.done.catch(failure.reject));
  const { uptimeMs = clock.monotonicMs } = parts;
  const sleep = watchSleep({ clock, uptimeMs, log, signal: stop.signal });
  readers.push(sleep.done.catch(failure.reject));
  sleep.onWoken((sleptMs) => {
    store.clockGuard.slept(sleptMs);
    for (const { deck } of scales) deck.lookAway();
  });
  const hindrance = () => {
    // Before the first weighing after a sleep, not a second after it.
    sleep.look();
    return sealed.refusal ?? watchedStore.hindrance() ?? printed?.hindrance() ?? null;
  };
  const masterDataBook = openMasterDataBook(store.masterData, clock, config.masterData.taresStaleAfterDays);
  const desk = sessionDesk(scales, store.weighings, {
    clock,
    makeId,
    hindrance,
    rules: config,
    software: software.softwareId,
    trucks: store.trucks,
    masterData: masterDataBook,
    providerOf: (truck) => masterDataBook.usedFor(truck, [])?.provider?.name.slice(0, MAX_PROVIDER_NAME),
    random,
  });

  const printer = () => printed?.view() ?? null;
  const status = () =>
    deviceStatusOf({
      ...watched,
      store,
      storageState,
      printer,
      clock,
      dataDir: config.dataDir,
      softwareId: software.softwareId,
    });
  const liveScales = () => scales.slice(0, 32).map((scale) => liveScaleOf(scale, clock));
  const pump = startPump(broker, config.dataDir, store, { ...parts, status, liveScales }, failure.reject);
  if (pump !== null) undo.use(pump);
  if (config.mqtt !== undefined && config.mqtt.passwordFile === undefined) {
    const renewing = { clock, random, log: log.child({ room: 'sync' }) };
    readers.push(keepCertificateFresh(config, renewing, stop.signal).catch(failure.reject));
  }
  const offline = () => offlineView(store.journal.head().seq);
  const isOffline = () => (pump?.view() ?? offline()).phase !== 'streaming';
  const { source, maxAgeHours } = config.timeSync;
  const timeSync = () => askTimeSync(source, maxAgeHours * 3_600_000, clock.now(), parts.timeSyncPort);
  readers.push(
    watchClock(store, { clock, log, signal: stop.signal, isOffline, timeSync }).catch(failure.reject),
  );

  const apiKey = secretFromFile(join(config.dataDir, 'api-key'));
  const pepper = secretFromFile(join(config.dataDir, 'pin-pepper'));
  const app = kioskApp({
    apiKey,
    pinVerifier: pinVerifier(pepper),
    software,
    checkAlibi,
    scales,
    commanded: watched.scales,
    desk,
    store,
    weightApi: config,
    ticketSite,
    ticketDrawer: drawer,
    printer,
    sync: () => pump?.view() ?? offline(),
    masterDataBook,
    masterData: () => pump?.masterData ?? null,
    storageState,
    clock,
    makeId,
    log: log.child({ room: 'kiosk-server' }),
    onFatal: failure.reject,
    signal: stop.signal,
    onWoken: sleep.onWoken,
  });
  const server = undo.use(await serveHttp(app, config.http, clock));
  // Live streams end first, or the server would wait for them.
  undo.defer(() => stop.abort());

  const running = undo.move();
  return {
    url: server.url,
    apiKey,
    failed: failure.promise,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/**
 * Read before anything is started: a missing password is a fault of the configuration. A missing certificate is none:
 * the device weighs, says that it is not enrolled, and connects once it is.
 */
function brokerOf({ mqtt, device, dataDir }: Config): BrokerSettings | null {
  if (mqtt === undefined) return null;
  if (mqtt.passwordFile === undefined) {
    return { url: mqtt.url, device, credentials: () => certificateOf(dataDir, device) };
  }
  let password: string;
  try {
    password = readFileSync(mqtt.passwordFile, 'utf8').trim();
  } catch (cause) {
    throw new ConfigError(`mqtt.passwordFile cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (password === '') throw new ConfigError(`mqtt.passwordFile ${mqtt.passwordFile} is empty`);
  return { url: mqtt.url, device, credentials: () => ({ kind: 'password', password }) };
}

function certificateOf(dataDir: string, device: string): BrokerCredentials {
  const reading = readEnrolment(dataDir, device);
  if (reading.kind === 'not_enrolled') return { kind: 'none', detail: reading.detail };
  const { ca, certificate: cert, key } = reading.enrolment;
  return { kind: 'certificate', ca, cert, key };
}

function ticketSiteOf(
  { site, timeZone, scales, sumDecks }: Config,
  { key }: Store,
  softwareId: string,
): TicketSite {
  const minKg = new Map([...scales, ...sumDecks].map((scale) => [scale.id, scale.minKg]));
  return {
    name: site,
    timeZone,
    software: `weighgate ${softwareId}`,
    minKgOf: (scaleId) => minKg.get(scaleId) ?? null,
    sign: (text) => key.sign(text),
  };
}

/** The key that commands of the cloud are checked with; null before the enrolment said it. */
function cloudKeyOf(dataDir: string, device: string): string | null {
  const reading = readEnrolment(dataDir, device);
  return reading.kind === 'enrolled' ? (reading.enrolment.cloudKey ?? null) : null;
}

type PumpedAgent = AgentParts & {
  status: NonNullable<JournalPumpParts['status']>;
  liveScales: () => LiveReading['scales'];
};

function startPump(
  broker: BrokerSettings | null,
  dataDir: string,
  store: Store,
  { clock, random, log: agentLog, bootId, appVersion, status, liveScales }: PumpedAgent,
  onFatal: (error: Error) => void,
): JournalPump | null {
  if (broker === null) return null;
  const log = agentLog.child({ room: 'sync' });
  return pumpJournal(broker, store, {
    clock,
    random,
    log,
    bootId,
    appVersion,
    clockState: store.clockGuard.state,
    freeDiskBytes: () => freeDiskBytes(dataDir),
    status,
    commands: { cloudKey: () => cloudKeyOf(dataDir, broker.device), taken: store.takenCommands, liveScales },
    copyMasterData: (send) => masterDataCopy(store, { clock, random, log, send, onFatal }),
    onFatal,
  });
}
