import { createHash, timingSafeEqual } from 'node:crypto';
import { type Clock, gramsOf, type MakeId } from '@weighgate/protocol';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { streamSSE } from 'hono/streaming';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Store } from '../store/open-store.ts';
import { StoreError } from '../store/store-error.ts';
import type { SyncView } from '../sync/journal-pump.ts';
import { type Refusal, refusalText } from '../weighing/refusal.ts';
import type { SessionDesk } from '../weighing/session-desk.ts';
import { type CommandedScale, commandRoutes } from './command-routes.ts';
import { liveView, type WatchedScale } from './live-view.ts';
import { problem } from './problem.ts';
import {
  containerBodySchema,
  containerParamSchema,
  idempotencyKeySchema,
  weighBodySchema,
} from './weigh-body.ts';
import { sessionAnswer, weighingAnswer } from './weighing-answer.ts';

export interface KioskAppParts {
  apiKey: string;
  scales: readonly WatchedScale[];
  /** Those of the scales that have an indicator of their own. */
  commanded: readonly CommandedScale[];
  desk: SessionDesk;
  store: Pick<Store, 'sessions' | 'containerTares' | 'journal' | 'identity'>;
  sync: () => SyncView;
  clock: Clock;
  makeId: MakeId;
  log: Logger;
  /** Called when the store can no longer be trusted: the process has to stop. */
  onFatal: (error: Error) => void;
  /** Aborted when the agent stops, so that live streams end. */
  signal: AbortSignal;
}

interface Env {
  Variables: { requestId: string };
}

const MAX_BODY_BYTES = 64 * 1024;
const MAX_LIVE_CLIENTS = 32;
const LIVE_INTERVAL_MS = 100;

/** Refusals about the request are 400; refusals about what stands on the deck are 409: asked again later they may pass. */
const badRequests: readonly Refusal['code'][] = [
  'session_open',
  'no_open_session',
  'truck_missing',
  'unknown_scale',
];

/** The weight API of the edge, under `/api/weight`. */
export function kioskApp(parts: KioskAppParts) {
  const { scales, desk, store, sync, clock, makeId, log, signal } = parts;
  const app = new Hono<Env>();
  let liveClients = 0;

  app.use(async (c, next) => {
    const offered = c.req.header('x-request-id');
    c.set('requestId', offered !== undefined && /^[\w-]{8,64}$/.test(offered) ? offered : makeId());
    await next();
    c.header('x-request-id', c.get('requestId'));
  });
  app.use(secureHeaders());
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) =>
        problem(c, {
          status: 413,
          code: 'too_large',
          title: 'Too large',
          detail: `The body may have ${MAX_BODY_BYTES} bytes.`,
        }),
    }),
  );

  app.get('/api/weight/health', (c) => {
    const views = scales.map((scale) => ({ ...liveView(scale, clock), line: scale.reader.health() }));
    const { phase, headSeq, ackedSeq } = sync();
    return c.json({
      status: views.every((view) => view.lineUp && !view.stale) ? 'ok' : 'degraded',
      device: store.identity.device,
      site: store.identity.site,
      incarnation: store.identity.incarnation,
      scales: views,
      sync: { phase, headSeq, ackedSeq, waiting: headSeq - ackedSeq },
    });
  });

  app.use('/api/*', async (c, next) => {
    if (!isKey(c.req.header('authorization'), parts.apiKey)) {
      c.header('www-authenticate', 'Bearer');
      return problem(c, {
        status: 401,
        code: 'unauthorized',
        title: 'Not signed in',
        detail: 'Send the header "Authorization: Bearer KEY" with the key of this agent.',
      });
    }
    return next();
  });

  app.post('/api/weight/weight', async (c) => {
    const text = await c.req.text();
    const body = parseJson(text, weighBodySchema);
    if (!body.ok) return problem(c, unprocessable(body.errors));
    const key = c.req.header('idempotency-key');
    if (key !== undefined && !idempotencyKeySchema.safeParse(key).success) {
      return problem(
        c,
        unprocessable([{ path: 'Idempotency-Key', message: 'must be 8 to 128 printable characters' }]),
      );
    }
    const { direction, scale, truck, produce, containers } = body.value;
    const outcome = desk.weigh({
      direction: direction === 'none' ? 'single' : direction,
      scaleId: scale,
      truck,
      produce,
      containers,
      idempotency:
        key === undefined ? null : { key, requestDigest: createHash('sha256').update(text).digest('hex') },
    });
    switch (outcome.kind) {
      case 'recorded':
        if (!outcome.repeated) log.info({ ticketNo: outcome.entry.body.ticketNo, truck }, outcome.entry.kind);
        return c.json(weighingAnswer(outcome.entry));
      case 'refused':
        return problem(c, {
          status: badRequests.includes(outcome.refusal.code) ? 400 : 409,
          title: 'Not weighed',
          detail: refusalText(outcome.refusal),
          ...outcome.refusal,
        });
      case 'key_reused':
        return problem(c, {
          status: 422,
          code: 'idempotency_key_reused',
          title: 'Key used before',
          detail: 'This Idempotency-Key was used for another request. Use a new key for a new weighing.',
        });
    }
  });

  const { journal } = store;
  app.route('/api/weight', commandRoutes({ scales: parts.commanded, journal, log, signal }));

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

  app.put('/api/weight/containers/:id', async (c) => {
    const param = containerParamSchema.safeParse({ id: c.req.param('id') });
    if (!param.success) return problem(c, unprocessable(fieldErrors(param.error)));
    const body = parseJson(await c.req.text(), containerBodySchema);
    if (!body.ok) return problem(c, unprocessable(body.errors));
    const tareG = gramsOf(String(body.value.tareKg), 'kg');
    const { changed } = store.containerTares.setTare(param.data.id, tareG);
    return c.json({ id: param.data.id, tareKg: body.value.tareKg, changed });
  });

  app.get('/api/weight/live', (c) => {
    const wanted = c.req.query('scale');
    const scale = scales.find(({ id }) => id === (wanted ?? scales[0]?.id));
    if (scale === undefined) {
      const detail = refusalText({
        code: 'unknown_scale',
        scaleId: wanted ?? '',
        known: scales.map(({ id }) => id),
      });
      return problem(c, { status: 404, code: 'unknown_scale', title: 'No such scale', detail });
    }
    if (liveClients >= MAX_LIVE_CLIENTS) {
      return problem(c, {
        status: 503,
        code: 'too_many_viewers',
        title: 'Too many viewers',
        detail: `At most ${MAX_LIVE_CLIENTS} live views at a time. Close one.`,
      });
    }
    liveClients += 1;
    return streamSSE(c, async (stream) => {
      const gone = new AbortController();
      stream.onAbort(() => gone.abort());
      const either = AbortSignal.any([signal, gone.signal]);
      try {
        while (!either.aborted) {
          await stream.writeSSE({ event: 'weight', data: JSON.stringify(liveView(scale, clock)) });
          await clock.sleep(LIVE_INTERVAL_MS, either);
        }
      } catch (error) {
        if (!either.aborted) throw error;
      } finally {
        liveClients -= 1;
      }
    });
  });

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
    if (error instanceof StoreError) {
      parts.onFatal(error);
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

type Parsed<T> = { ok: true; value: T } | { ok: false; errors: { path: string; message: string }[] };

function parseJson<T>(text: string, schema: z.ZodType<T>): Parsed<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, errors: [{ path: '', message: 'the body is not JSON' }] };
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, errors: fieldErrors(parsed.error) };
}

function fieldErrors(error: z.ZodError) {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is not known here' }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  );
}

function unprocessable(errors: { path: string; message: string }[]) {
  const detail = errors.map(({ path, message }) => `${path === '' ? 'body' : path}: ${message}`).join('; ');
  return { status: 422, code: 'invalid_request', title: 'Invalid request', detail, errors } as const;
}

/** Compares digests, so that the time taken says nothing about the key. */
function isKey(header: string | undefined, apiKey: string): boolean {
  const offered = /^Bearer (.{1,256})$/.exec(header ?? '')?.[1] ?? '';
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(offered), digest(apiKey));
}
