import assert from 'node:assert/strict';
import type { Clock, MakeId } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { applyEntries } from './apply-entry.ts';
import { auditRoutes } from './audit/audit-routes.ts';
import { batchRoutes } from './billing/accounting/batch-routes.ts';
import { billRoutes } from './billing/bill-routes.ts';
import { disputeRoutes } from './billing/disputes/dispute-routes.ts';
import type { DocumentDrawer } from './billing/documents/document-drawer.ts';
import { documentRoutes } from './billing/documents/document-routes.ts';
import { explainRoutes } from './billing/explain/explain-routes.ts';
import { rateRoutes } from './billing/rate-routes.ts';
import { rateSheetRoutes } from './billing/rate-sheets/rate-sheet-routes.ts';
import { type AskAllocation, noAuthority } from './billing/runs/allocation.ts';
import { findContradicting } from './billing/runs/find-contradicting.ts';
import { issuedBillRoutes } from './billing/runs/issued-bill-routes.ts';
import { runRoutes } from './billing/runs/run-routes.ts';
import { termsRoutes } from './billing/runs/terms-routes.ts';
import { alarmRoutes } from './fleet/alarm-routes.ts';
import type { CloudKey } from './fleet/cloud-key.ts';
import { certificateRoutes } from './fleet/completeness/certificate-routes.ts';
import { deviceRoutes } from './fleet/device-routes.ts';
import type { CertificateAuthority } from './fleet/enrolment/certificate-authority.ts';
import { enrolmentRoutes } from './fleet/enrolment-routes.ts';
import { type LiveParts, liveRoutes } from './fleet/live-routes.ts';
import { settingsRoutes } from './fleet/settings/settings-routes.ts';
import { docsRoutes } from './http/docs.ts';
import { gate } from './http/gate.ts';
import { type HealthParts, healthRoutes } from './http/health-routes.ts';
import { type HttpEdge, useHttpEdge } from './http/http-edge.ts';
import { limitCallers } from './http/limit-requests.ts';
import { metricsRoute } from './http/metrics-route.ts';
import { noRouteAnswerer } from './http/no-route.ts';
import { errorAnswerer } from './http/problem.ts';
import type { RateLimiter } from './http/rate-limiter.ts';
import { requestMetrics } from './http/request-metrics.ts';
import { listRoutes } from './http/route-list.ts';
import { makeRouter } from './http/router.ts';
import { accountRoutes } from './identity/account-routes.ts';
import { apiKeyRoutes } from './identity/api-key-routes.ts';
import { eventRoutes } from './identity/event-routes.ts';
import { keySetRoutes } from './identity/key-set-routes.ts';
import type { Identity } from './identity/open-identity.ts';
import { signInRoutes } from './identity/sign-in-routes.ts';
import { userRoutes } from './identity/user-routes.ts';
import { type InboxCounts, inboxRoutes } from './inbox/inbox-routes.ts';
import { parkedRoutes } from './inbox/parked-routes.ts';
import { reconciliationRoutes } from './ledger/reconciliation-routes.ts';
import { messageRoutes } from './outbound/message-routes.ts';
import { webhookRoutes } from './outbound/webhook-routes.ts';
import type { AllowedAddresses } from './outbound/webhook-url.ts';
import { candidateRoutes } from './registration/candidate-routes.ts';
import { decisionRoutes } from './registration/decision-routes.ts';
import { ownApplicationRoutes } from './registration/own-application-routes.ts';
import { applyRoutes } from './registration/pages/apply-routes.ts';
import { containerRoutes } from './registry/container-routes.ts';
import { containerFile } from './registry/csv-files/container-file.ts';
import { csvFileRoutes } from './registry/csv-files/csv-file-routes.ts';
import { produceFile } from './registry/csv-files/produce-file.ts';
import { providerFile } from './registry/csv-files/provider-file.ts';
import { truckFile } from './registry/csv-files/truck-file.ts';
import { ganShmuelRoutes } from './registry/gan-shmuel-routes.ts';
import { mergeRoutes } from './registry/merge-routes.ts';
import { operatorRoutes } from './registry/operator-routes.ts';
import { produceRoutes } from './registry/produce-routes.ts';
import { proposalRoutes } from './registry/proposal-routes.ts';
import { providerRoutes } from './registry/provider-routes.ts';
import { tareHistoryRoutes } from './registry/tare-history-routes.ts';
import { truckRoutes } from './registry/truck-routes.ts';
import { mendingRoutes } from './shifts/mending-routes.ts';
import { shiftRoutes } from './shifts/shift-routes.ts';
import { makeShiftCounter } from './shifts/shift-statistics.ts';
import { staffRoutes } from './shifts/staff-routes.ts';
import type { Db } from './store/database.ts';
import { sessionRoutes } from './weighings/session-routes.ts';

export interface AppParts extends HealthParts, Pick<LiveParts, 'live' | 'isLiveConnected' | 'sendCommand'> {
  /** What the inbox counts. */
  inboxCounts: () => InboxCounts;
  db: Db;
  clock: Clock;
  makeId: MakeId;
  log: Logger;
  edge: HttpEdge;
  limiter: RateLimiter;
  metrics: Registry;
  /** Networks that may read `/metrics`, beside loopback. */
  metricsReaders: readonly string[];
  identity: Identity;
  randomBytes: (size: number) => Buffer;
  /** Draws documents of bills. */
  drawer: DocumentDrawer;
  /** Addresses that webhooks may go to though they are not public. */
  allowedAddresses: AllowedAddresses;
  /** E-mail addresses of the staff who are told of a new application. */
  noticesTo: readonly string[];
  ca: CertificateAuthority;
  /** What the cloud signs with. */
  cloudKey: CloudKey;
  /** Address of the TLS listener that devices enrol at. */
  enrolUrl: string;
  /** Called when certificates were revoked. */
  onRevoked: () => void;
  /** IANA name of the zone that `yyyymmddhhmmss` and months are meant in. */
  timeZone: string;
  /** Asks the tax authority for numbers of tax invoices; left out, nobody is asked and what needs one waits. */
  askAllocation?: AskAllocation;
  /** Called after a bill was issued and committed; never throws. */
  onIssued?: (billId: string) => Promise<void>;
  /** ISO 4217 code. */
  currency: string;
  /** Folder that sheets of rates may be taken from. */
  ratesDir: string;
}

/** Mounts every route behind the limits, the headers and the gate. Needs no server: `app.request()` answers. */
export function makeApp(parts: AppParts) {
  const billing = makeRouter()
    .route('/', providerRoutes(parts))
    .route('/', ganShmuelRoutes(parts))
    .route('/', mergeRoutes({ ...parts, findContradicting }))
    .route('/', truckRoutes(parts))
    .route('/', proposalRoutes(parts))
    .route('/', produceRoutes(parts))
    .route('/', csvFileRoutes(providerFile, parts))
    .route('/', csvFileRoutes(truckFile, parts))
    .route('/', csvFileRoutes(produceFile, parts))
    .route('/', rateRoutes(parts))
    .route('/', rateSheetRoutes(parts))
    .route('/', billRoutes(parts))
    .route('/', runRoutes({ askAllocation: noAuthority, ...parts }))
    .route('/', issuedBillRoutes(parts))
    .route('/', termsRoutes(parts))
    .route('/', reconciliationRoutes(parts))
    .route('/', documentRoutes(parts))
    .route('/', explainRoutes(parts))
    .route('/', disputeRoutes(parts))
    .route('/', batchRoutes(parts));
  const weight = makeRouter()
    .route('/', containerRoutes(parts))
    .route('/', csvFileRoutes(containerFile, parts))
    .route('/', tareHistoryRoutes(parts))
    .route('/', sessionRoutes(parts));
  const fleet = makeRouter()
    .route('/', deviceRoutes(parts))
    .route('/', operatorRoutes(parts))
    .route('/', enrolmentRoutes({ ...parts, seal: parts.identity.parts.seal }))
    .route('/', alarmRoutes(parts))
    .route('/', certificateRoutes(parts))
    .route('/', liveRoutes(parts))
    .route('/', settingsRoutes(parts))
    .route('/', inboxRoutes(parts))
    .route('/', parkedRoutes({ ...parts, apply: (trx, entries) => applyEntries(trx, entries, parts) }));
  const auth = makeRouter()
    .route('/', signInRoutes(parts.identity.parts))
    .route('/', accountRoutes(parts.identity.parts))
    .route('/', userRoutes(parts.identity.parts))
    .route('/', apiKeyRoutes(parts.identity.parts))
    .route('/', eventRoutes(parts.identity.parts));
  const outbound = makeRouter()
    .route('/', webhookRoutes({ ...parts, seal: parts.identity.parts.seal }))
    .route('/', messageRoutes(parts));
  const registration = { ...parts, seal: parts.identity.parts.seal };
  const provider = makeRouter()
    .route('/', candidateRoutes(registration))
    .route('/', decisionRoutes(registration))
    .route('/', ownApplicationRoutes(registration));
  const shiftParts = { ...parts, counter: makeShiftCounter(parts) };
  const shift = makeRouter()
    .route('/', staffRoutes(parts))
    .route('/', shiftRoutes(shiftParts))
    .route('/', mendingRoutes(shiftParts));
  const audit = makeRouter().route('/', auditRoutes(parts));
  const health = healthRoutes(parts);

  const app = makeRouter();
  app.onError(errorAnswerer(parts.log));
  app.notFound(noRouteAnswerer(app));
  useHttpEdge(app, { ...parts, onAnswered: requestMetrics(parts.metrics) });
  app.route('/', metricsRoute(parts.metrics, parts.metricsReaders));
  // Pages that explain the API come before the gate: they hold nothing but the shape of it.
  app.route('/api/billing', docsRoutes(billing, 'Weighgate billing', '/api/billing'));
  app.route('/api/weight', docsRoutes(weight, 'Weighgate weighings', '/api/weight'));
  app.route('/api/fleet', docsRoutes(fleet, 'Weighgate fleet', '/api/fleet'));
  app.route('/api/auth', docsRoutes(auth, 'Weighgate identity', '/api/auth'));
  app.route('/api/outbound', docsRoutes(outbound, 'Weighgate outbound', '/api/outbound'));
  app.route('/api/provider', docsRoutes(provider, 'Weighgate registration', '/api/provider'));
  app.route('/api/shift', docsRoutes(shift, 'Weighgate shifts', '/api/shift'));
  app.route('/api/audit', docsRoutes(audit, 'Weighgate audit', '/api/audit'));
  app.use(
    '/api/*',
    gate(parts.identity.authenticate, () => listRoutes(app)),
    limitCallers(parts.limiter),
  );

  const routes = app
    .route('/api/billing', billing)
    .route('/api/weight', weight)
    .route('/api/fleet', fleet)
    .route('/api/auth', auth)
    .route('/api/audit', audit)
    .route('/api/shift', shift)
    .route('/api/outbound', outbound)
    .route('/api/provider', provider)
    .route('/', applyRoutes(registration))
    .route('/', keySetRoutes(parts.identity.parts))
    .route('/health', health);
  app.route('/', docsRoutes(routes, 'Weighgate cloud', '/'));
  // A route that nothing guards is refused here, before anybody can call it.
  for (const { access, method, path } of listRoutes(routes)) {
    assert(access === 'public' || path.startsWith('/api/'), `${method} ${path} is not behind the gate`);
  }
  return routes;
}

/**
 * The routes as types, for callers written in TypeScript.
 * @public
 */
export type AppType = ReturnType<typeof makeApp>;
