import type { Clock, CommandMessage } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { makeApp } from './app.ts';
import { applyEntries } from './apply-entry.ts';
import { documentDrawer } from './billing/documents/document-drawer.ts';
import { cloudMetrics } from './cloud-metrics.ts';
import { makeTestCa } from './fleet/enrolment/test-ca.ts';
import { makeLiveListeners } from './fleet/live-listeners.ts';
import { makeTestCloudKey } from './fleet/test-cloud-key.ts';
import { plainEdge } from './http/http-edge.ts';
import { rateLimiter } from './http/rate-limiter.ts';
import { adminPermissions, admitLocalKey } from './identity/local-key.ts';
import { openIdentity } from './identity/open-identity.ts';
import { type IngestParts, ingestBatch } from './inbox/ingest.ts';
import type { TestChain } from './inbox/test-chain.ts';
import { makeCircuits } from './outbound/circuits.ts';
import { startTestDatabase, testParts } from './store/test-database.ts';

export const TEST_API_KEY = 'test-key-test-key-test-key';
const TEST_IDENTITY_SECRET = 'test-secret-test-secret-test-secret';

const plenty = [{ requests: 1_000_000, seconds: 60 }];
/** Tests ask more than a person does. */
const unlimited = rateLimiter(
  {
    login: plenty,
    register: plenty,
    public: plenty,
    readLight: plenty,
    readHeavy: plenty,
    writeLight: plenty,
    writeHeavy: plenty,
    admin: plenty,
    refused: plenty,
    application: plenty,
    applications: plenty,
    account: plenty,
    key: plenty,
  },
  undefined,
);

/** Every room of the cloud on a real database, without sockets: journals go in, requests are answered. */
export async function startTestCloud(now?: number | (() => number), log: Logger = testParts.log) {
  const live = makeLiveListeners();
  const cloudKey = makeTestCloudKey();
  const broker: { send: ((message: CommandMessage) => boolean) | null } = { send: null };
  const database = await startTestDatabase();
  const clock: Clock =
    now === undefined
      ? testParts.clock
      : { ...testParts.clock, now: typeof now === 'number' ? () => now : now };
  const parts = { ...testParts, clock, log, db: database.db };
  const ingestParts: IngestParts = {
    ...parts,
    apply: (trx, entries) => applyEntries(trx, entries, parts),
  };
  await admitLocalKey(TEST_API_KEY, { name: 'test', permissions: adminPermissions }, parts);
  const identity = await openIdentity(parts, TEST_IDENTITY_SECRET);
  let inboxConnected = true;
  let liveConnected = true;
  const inboxCounts = () => ({ connected: inboxConnected, discarded: 0, putOff: 0 });
  const circuits = makeCircuits();
  const app = makeApp({
    ...parts,
    edge: plainEdge,
    limiter: unlimited,
    metrics: cloudMetrics({
      ...parts,
      pool: database.pool,
      inboxCounts,
      isLimitStoreUp: () => undefined,
      circuits,
    }),
    metricsReaders: [],
    allowedAddresses: [],
    drawer: documentDrawer(),
    identity,
    noticesTo: ['office@weighbridge.example'],
    timeZone: 'Asia/Jerusalem',
    currency: 'ILS',
    ratesDir: '/in',
    pingDatabase: database.ping,
    isInboxConnected: () => inboxConnected,
    isDraining: () => false,
    inboxCounts,
    ca: await makeTestCa(),
    cloudKey,
    live,
    isLiveConnected: () => liveConnected,
    sendCommand: (message) => broker.send?.(message) ?? false,
    enrolUrl: 'https://127.0.0.1:0',
    onRevoked: () => undefined,
  });

  /** Calls the API with its key; `body` goes as JSON. */
  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const answer = await app.request(path, {
      method,
      headers: { authorization: `Bearer ${TEST_API_KEY}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = /[/+]json/.test(answer.headers.get('content-type') ?? '');
    return {
      status: answer.status,
      headers: answer.headers,
      body: isJson ? (JSON.parse(text) as unknown) : text,
    };
  }

  return {
    database,
    identity,
    app,
    call,
    circuits,
    cloudKey,
    live,
    /** Commands go this way from now on; until then there is no broker. */
    sendBy: (send: (message: CommandMessage) => boolean) => {
      broker.send = send;
    },
    /** Takes a journal in, from its first entry on. */
    ingest: (chain: TestChain) => ingestBatch(chain.batch(), ingestParts),
    setLiveConnected: (connected: boolean) => {
      liveConnected = connected;
    },
    setInboxConnected: (connected: boolean) => {
      inboxConnected = connected;
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
