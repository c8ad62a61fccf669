import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Batch, Clock, MakeId } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { makeApp } from './app.ts';
import { applyEntries } from './apply-entry.ts';
import { AUDIT_SEAL_FILE, startSealing } from './audit/keep-sealing.ts';
import { documentDrawer } from './billing/documents/document-drawer.ts';
import { noAuthority } from './billing/runs/allocation.ts';
import { authorityAt } from './billing/runs/ask-authority.ts';
import { cloudMetrics } from './cloud-metrics.ts';
import type { Config } from './config.ts';
import { entrySpansOf } from './entry-spans.ts';
import { openCloudKey } from './fleet/cloud-key.ts';
import { admissionGate } from './fleet/enrolment/admission-gate.ts';
import { admissionOf } from './fleet/enrolment/admitted.ts';
import { openCaFiles } from './fleet/enrolment/ca-files.ts';
import { certificateAuthority } from './fleet/enrolment/certificate-authority.ts';
import { startEnrolmentServer } from './fleet/enrolment/enrolment-server.ts';
import { watchRevocations } from './fleet/enrolment/watch-revocations.ts';
import { makeLiveListeners } from './fleet/live-listeners.ts';
import { settingsOrderFor } from './fleet/settings/settings-order.ts';
import { startHttpServer } from './http/http-server.ts';
import { openRateLimitStore } from './http/rate-limit-store.ts';
import { rateLimiter } from './http/rate-limiter.ts';
import { usualTiers } from './http/rate-tiers.ts';
import { prepareFirstRun } from './identity/first-run.ts';
import { openIdentity } from './identity/open-identity.ts';
import type { ApplyEntries } from './inbox/applied.ts';
import type { Chance } from './inbox/keep-serving.ts';
import { startLiveSubscription } from './inbox/live-subscription.ts';
import { startMqttInbox } from './inbox/mqtt-inbox.ts';
import { joinBroker } from './join-broker.ts';
import { startReconcilingNightly } from './ledger/reconcile-nightly.ts';
import { mailChannel, webhookChannel } from './outbound/channels.ts';
import { makeCircuits } from './outbound/circuits.ts';
import { guardedChannel } from './outbound/guarded-channel.ts';
import { startOutbound } from './outbound/outbound-worker.ts';
import { resolveName } from './outbound/resolve-name.ts';
import { simulatedMail } from './outbound/simulated-mail.ts';
import { smtpMail } from './outbound/smtp-mail.ts';
import { masterDataSource } from './registry/answer-ask.ts';
import { seedMasterData } from './registry/seed-master-data.ts';
import { sendBillLines } from './send-bill-lines.ts';
import { openDatabase } from './store/database.ts';
import { startEmbeddedPostgres } from './store/embedded-postgres.ts';
import { keptSecret } from './store/kept-secret.ts';
import { migrate } from './store/migrate.ts';
import { openTraceExport } from './trace-export.ts';

/** Where devices enrol unless the configuration says otherwise. */
const ENROLMENT_PORT = 8443;

/** What a running cloud takes from the world outside. */
export interface CloudParts {
  clock: Clock;
  makeId: MakeId;
  log: Logger;
  chance: Chance;
  randomBytes: (size: number) => Buffer;
}

/** A running cloud. Disposing stops it in the order opposite to the one it was started in. */
export interface Cloud extends AsyncDisposable {
  /** Base address of the HTTP API. */
  url: string;
  port: number;
  /** Address of the broker that devices use. */
  mqttUrl: string;
  databaseKind: 'embedded' | 'external';
  /** Address of the TLS listener that devices enrol at. */
  enrolUrl: string;
  apiKey: string;
  /** Says that it is not ready, answers what still comes for a while, and finishes what runs. Dispose it then. */
  drain(): Promise<void>;
}

/**
 * Joins the rooms in the order the data flows back: store, broker, inbox, HTTP. When a later room does not start, the
 * earlier ones are stopped again.
 * @param signal aborted while the cloud comes up, the start is given up soon; once it is up, nothing happens
 * @throws PortInUseError, EmbeddedPostgresError, DatabaseRefusedError, what the database driver throws, or the signal's
 *   reason
 */
export async function startCloud(config: Config, parts: CloudParts, signal?: AbortSignal): Promise<Cloud> {
  const { clock, makeId, log, randomBytes } = parts;
  await using started = new AsyncDisposableStack();

  const dataDir = resolve(config.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const ca = await certificateAuthority(await openCaFiles({ dataDir, configured: config.ca }, parts), parts);

  const cloudKey = openCloudKey(join(dataDir, 'cloud-key.pem'));

  const databaseUrl =
    config.databaseUrl ??
    started.use(
      await startEmbeddedPostgres({
        dataDir,
        port: config.embeddedPostgres.port,
        clock,
        log,
        randomBytes,
        signal,
      }),
    ).url;
  signal?.throwIfAborted();
  const database = started.use(await openDatabase(databaseUrl, log));
  await migrate(database.pool, { clock, makeId, log });
  await database.watchLineage({ clock, makeId, log });
  const { db } = database;
  signal?.throwIfAborted();

  const { apiKey } = await prepareFirstRun(dataDir, config.apiKey, { ...parts, db });
  const identity = await openIdentity({ ...parts, db }, identitySecretOf(config, dataDir, parts));
  await seedMasterData(db, clock, config.currency);
  const sealFile = join(dataDir, AUDIT_SEAL_FILE);
  started.use(startSealing({ ...parts, db, signer: cloudKey, file: sealFile }));
  const joined = await joinBroker({ config, dataDir }, started, { ...parts, db, ca });
  const apply: ApplyEntries = (trx, entries) => applyEntries(trx, entries, parts);
  const masterData = masterDataSource(db, { clock, log });
  const admits = admissionGate(async (device) => {
    const admission = await admissionOf(db, device);
    return admission === 'admitted' || (admission === 'unknown' && joined.vouchesForNames);
  }, clock);
  const live = makeLiveListeners();
  const settingsFor = (device: string, incarnation: string) =>
    settingsOrderFor(device, incarnation, { ...parts, db, cloudKey });
  const { otlpUrl } = config.traces;
  const traces = otlpUrl === undefined ? undefined : started.use(openTraceExport(otlpUrl, log));
  const onStored = (batches: readonly Batch[], receivedAtMs: number) =>
    traces?.send(entrySpansOf(batches, receivedAtMs, clock.now()));
  const inbox = started.use(
    startMqttInbox(joined.login, { ...parts, db, apply, masterData, admits, settingsFor, onStored }),
  );
  const liveSubscription = started.use(startLiveSubscription(joined.liveLogin, { ...parts, live }));
  const revocations = started.use(watchRevocations(joined.cutRevoked, parts));
  const enrolment = started.use(
    await startEnrolmentServer(
      {
        host: config.enrolment.host,
        port: config.enrolment.port ?? (config.http.port === 0 ? 0 : ENROLMENT_PORT),
        server: await ca.makeServer(joined.serverNames),
      },
      { ...parts, db, ca, cloudKey, onRevoked: revocations.lookNow },
    ),
  );
  const { smtpUrl, from } = config.mail;
  const { allowedAddresses } = config.webhooks;
  const { allocationUrl } = config.billing;
  const circuits = makeCircuits();
  const mailSender = smtpUrl === undefined ? simulatedMail() : smtpMail(smtpUrl, from);
  const webhooks = webhookChannel({
    ...parts,
    db,
    seal: identity.parts.seal,
    resolve: resolveName,
    allowed: allowedAddresses,
  });
  started.use(
    startOutbound({
      ...parts,
      db,
      channels: {
        mail: guardedChannel(mailChannel(mailSender), circuits),
        webhook: guardedChannel(webhooks, circuits),
      },
    }),
  );
  const [deviceFacingName = config.enrolment.host] = config.enrolment.names;
  const enrolUrl = `https://${deviceFacingName}:${enrolment.port}`;

  const { redisUrl } = config.limits;
  const limitStore = redisUrl === undefined ? undefined : started.use(openRateLimitStore(redisUrl, log));
  let isDraining = false;
  const inboxCounts = () => ({
    connected: inbox.isConnected(),
    discarded: inbox.discardedCount(),
    putOff: inbox.putOffCount(),
  });
  const app = makeApp({
    ...parts,
    db,
    edge: config.http,
    limiter: rateLimiter({ ...usualTiers, ...config.limits.tiers }, limitStore?.redis),
    identity,
    ca,
    cloudKey,
    live,
    isLiveConnected: liveSubscription.isConnected,
    sendCommand: inbox.send,
    enrolUrl,
    noticesTo: config.mail.noticesTo,
    allowedAddresses,
    drawer: documentDrawer(),
    onRevoked: revocations.lookNow,
    onIssued: async (billId) => {
      if (traces !== undefined) await sendBillLines(billId, { ...parts, db, traces });
    },
    askAllocation:
      allocationUrl === undefined ? noAuthority : authorityAt(allocationUrl, { clock, circuits }),
    timeZone: config.timeZone,
    currency: config.currency,
    ratesDir: config.ratesDir,
    pingDatabase: database.ping,
    isInboxConnected: inbox.isConnected,
    isDraining: () => isDraining,
    inboxCounts,
    metrics: cloudMetrics({
      ...parts,
      db,
      pool: database.pool,
      inboxCounts,
      isLimitStoreUp: () => limitStore?.isUp(),
      circuits,
    }),
    metricsReaders: config.http.metricsReaders,
  });
  started.use(startReconcilingNightly({ ...parts, db, timeZone: config.timeZone }));
  const http = started.use(await startHttpServer({ ...config.http, fetch: app.fetch, clock }));

  const running = started.move();
  return {
    url: http.url,
    port: http.port,
    mqttUrl: joined.mqttUrl,
    enrolUrl,
    databaseKind: config.databaseUrl === undefined ? 'embedded' : 'external',
    apiKey,
    drain: async () => {
      isDraining = true;
      await http.drain(config.http.drainMs);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** What seals private keys in the database: of a file of the operator's, the same for all replicas, or of our own. */
function identitySecretOf(config: Config, dataDir: string, { randomBytes }: CloudParts): string {
  return keptSecret(config.identitySecretFile ?? join(dataDir, 'identity-secret'), randomBytes);
}
