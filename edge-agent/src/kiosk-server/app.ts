import { type Clock, gramsOf, type MakeId } from '@weighgate/protocol';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import type { Logger } from 'pino';
import type { Store } from '../store/open-store.ts';
import { RecordCorruptError } from '../store/record-corrupt.ts';
import type { StorageState } from '../store/storage-guard.ts';
import { StoreError } from '../store/store-error.ts';
import type { MasterDataView } from '../sync/master-data-copy.ts';
import type { SyncView } from '../sync/sync-view.ts';
import type { CheckAlibi } from '../weighing/check-alibi.ts';
import type { MasterDataBook } from '../weighing/master-data-book.ts';
import type { SessionDesk } from '../weighing/session-desk.ts';
import type { TicketSite } from '../weighing/ticket/ticket.ts';
import type { TicketDrawer } from '../weighing/ticket/ticket-drawer.ts';
import { actorOf, requirePermission } from './actor.ts';
import { alibiRoutes } from './alibi-routes.ts';
import { authorize } from './authorize.ts';
import { BATCH_PATH, batchRoutes } from './batch-routes.ts';
import { type CommandedScale, commandRoutes } from './command-routes.ts';
import { type HealthParts, healthHandler } from './health-handler.ts';
import { identificationRoutes, type SoftwareIdentification } from './identification-routes.ts';
import { listRoutes } from './list-routes.ts';
import { liveStream } from './live-stream.ts';
import type { WatchedScale } from './live-view.ts';
import { masterDataRoutes } from './master-data-routes.ts';
import { pinCheck } from './pin-check.ts';
import type { PinVerifier } from './pin-verifier.ts';
import { problem } from './problem.ts';
import { readBody, readValue } from './read-body.ts';
import { shiftRoutes } from './shift-routes.ts';
import { signedInRoutes, signInRoutes } from './sign-in-routes.ts';
import { signInTokens } from './sign-in-tokens.ts';
import { ticketRoutes } from './ticket-routes.ts';
import { truckRoutes } from './truck-routes.ts';
import { voidRoutes } from './void-routes.ts';
import { containerBodySchema, containerParamSchema } from './weigh-body.ts';
import { weighHandler } from './weigh-handler.ts';
import { sessionAnswer } from './weighing-answer.ts';

export interface KioskAppParts {
  apiKey: string;
  pinVerifier: PinVerifier;
  software: SoftwareIdentification;
  scales: readonly WatchedScale[];
  /** Those of the scales that have an indicator of their own. */
  commanded: readonly CommandedScale[];
  desk: SessionDesk;
  store: Pick<
    Store,
    | 'seal'
    | 'masterData'
    | 'proposals'
    | 'sessions'
    | 'voids'
    | 'trucks'
    | 'lists'
    | 'containerTares'
    | 'journal'
    | 'identity'
    | 'operators'
    | 'shifts'
    | 'tickets'
    | 'keptAnswers'
    | 'clockGuard'
    | 'sealedParameters'
  >;
  checkAlibi: CheckAlibi;
  weightApi: WeightApiRules;
  ticketSite: TicketSite;
  ticketDrawer: TicketDrawer;
  /** The printer of tickets; null where there is none. */
  printer?: HealthParts['printer'] | undefined;
  sync: () => SyncView;
  masterDataBook: MasterDataBook;
  masterData: () => MasterDataView | null;
  /** Whether there is room for another weighing. */
  storageState: () => StorageState;
  clock: Clock;
  makeId: MakeId;
  log: Logger;
  /** Called when the store can no longer be trusted: the process has to stop. */
  onFatal: (error: Error) => void;
  /** Aborted when the agent stops, so that live streams end. */
  signal: AbortSignal;
  /** Told when the computer has slept: whoever was signed in may have gone home. */
  onWoken?: ((listener: () => void) => void) | undefined;
}

/** What a site decides about its weight API. */
export interface WeightApiRules {
  /** The clocks that days, months and `yyyymmddhhmmss` are read on. */
  timeZone: string;
  manualWeights: { allowed: boolean };
  /** Absolute; undefined where lists of tares can only be sent. */
  importDir?: string | undefined;
}

interface Env {
  Variables: { requestId: string };
}

const MAX_BODY_BYTES = 64 * 1024;

/** The weight API of the edge, under `/api/weight`. */
export function kioskApp(parts: KioskAppParts) {
  const { scales, desk, store, clock, makeId, log, signal } = parts;
  const app = new Hono<Env>();

  app.use(async (c, next) => {
    const offered = c.req.header('x-request-id');
    c.set('requestId', offered !== undefined && /^[\w-]{8,64}$/.test(offered) ? offered : makeId());
    await next();
    c.header('x-request-id', c.get('requestId'));
    // Nothing that is not documented is done; that it was tried is worth a line.
    if (c.req.method !== 'GET' && [404, 422].includes(c.res.status)) {
      const { method, path } = c.req;
      log.warn({ method, path: path.slice(0, 200), status: c.res.status }, 'command.not_accepted');
    }
  });
  app.use(secureHeaders());
  const smallBodies = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (c) =>
      problem(c, {
        status: 413,
        code: 'too_large',
        title: 'Too large',
        detail: `The body may have ${MAX_BODY_BYTES} bytes.`,
      }),
  });
  // Lists of tares have a limit of their own, which counts only once the caller is known.
  app.use((c, next) => (c.req.path === BATCH_PATH ? next() : smallBodies(c, next)));

  const { software } = parts;
  app.get('/api/weight/health', healthHandler(parts));

  const tokens = signInTokens(clock);
  parts.onWoken?.(() => tokens.revokeAll());
  const pins = pinCheck(store.operators, parts.pinVerifier, clock, tokens.revokeAllOf);
  const signIn = { store, pins, tokens, log };
  app.route('/api/weight', signInRoutes(signIn));
  app.use('/api/*', authorize({ apiKey: parts.apiKey, tokens, store }));
  app.route('/api/weight', signedInRoutes(signIn));
  app.route('/api/weight', shiftRoutes(store));
  app.route('/api/weight', identificationRoutes({ software, store, scales }));

  app.post(
    '/api/weight/weight',
    requirePermission('weigh'),
    weighHandler(desk, { ...parts.weightApi, ...store, pins, log }),
  );

  app.use('/api/weight/command', requirePermission('commands'));
  app.route('/api/weight', truckRoutes(store, scales));
  app.route('/api/weight', voidRoutes({ store, pins, makeId, log }));
  const { ticketSite: site, ticketDrawer: drawer } = parts;
  app.route('/api/weight', ticketRoutes({ store, site, drawer, log }));
  app.route('/api/weight', commandRoutes({ scales: parts.commanded, store, log, signal }));

  const { checkAlibi } = parts;
  app.route('/api/weight', alibiRoutes({ store, checkAlibi, log, signal }));
  const { masterDataBook: book, masterData: view } = parts;
  app.route('/api/weight', masterDataRoutes({ store, book, view, clock }));

  app.route('/api/weight', listRoutes({ store, clock, timeZone: parts.weightApi.timeZone }));

  app.route('/api/weight', batchRoutes({ store, importDir: parts.weightApi.importDir, log }));

  app.get('/api/weight/session/:id', (c) => {
    const session = store.sessions.session(c.req.param('id'));
    if (session === undefined) {
      return problem(c, {
        status: 404,
        code: 'session_not_found',
        title: 'Not found',
        detail: 'There is no such session here.',
      });
    }
    return c.json(sessionAnswer(session));
  });

  app.get('/api/weight/sessions/open', (c) =>
    c.json({ sessions: store.sessions.openSessions().map(sessionAnswer) }),
  );

  app.put('/api/weight/containers/:id', requirePermission('tares'), async (c) => {
    const param = readValue({ id: c.req.param('id') }, containerParamSchema);
    if (!param.ok) return problem(c, param.problem);
    const body = readBody(await c.req.text(), containerBodySchema);
    if (!body.ok) return problem(c, body.problem);
    const { id } = param.value;
    const tareG = gramsOf(String(body.value.tareKg), 'kg');
    const { changed } = actorOf(c).act(() => store.containerTares.setTare(id, tareG));
    return c.json({ id, tareKg: body.value.tareKg, changed });
  });

  app.get('/api/weight/live', liveStream(scales, clock, signal));

  app.notFound((c) =>
    problem(c, {
      status: 404,
      code: 'not_found',
      title: 'Not found',
      detail: `There is nothing at ${c.req.path}.`,
    }),
  );
  app.onError((error, c) => {
    log.error({ err: error, requestId: c.get('requestId') }, 'request.failed');
    if (error instanceof RecordCorruptError)
      return problem(c, { status: 500, code: error.code, title: 'Corrupt', detail: error.message });
    if (error instanceof StoreError) {
      // Of a full disk it is known that nothing was stored; of the rest nobody knows what was.
      if (error.code !== 'store_full') parts.onFatal(error);
      return problem(c, { status: 503, code: error.code, title: 'Not confirmed', detail: error.message });
    }
    return problem(c, {
      status: 500,
      code: 'internal',
      title: 'Our mistake',
      detail: 'Something went wrong here. The log has it under the request id.',
    });
  });
  return app;
}
