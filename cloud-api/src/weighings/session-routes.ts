import { z } from '@hono/zod-openapi';
import { ticketNoSchema, truckIdSchema, uuidSchema } from '@weighgate/protocol';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { instantParameter } from '../http/instant.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerInvalid, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { providerIdSchema } from '../registry/provider-routes.ts';
import { resolveProvider } from '../registry/resolve-provider.ts';
import type { Db } from '../store/database.ts';
import { findSessions } from './find-sessions.ts';
import { ofProvider } from './of-provider.ts';
import { evidenceOf, evidenceSchema } from './session-evidence.ts';
import { sessionSchema, sessionViewOf } from './session-view.ts';

const sessionId = z.object({ id: uuidSchema });

const one = defineRoute({
  method: 'get',
  path: '/session/{id}',
  'x-permission': 'sessions.read',
  'x-own-data': true,
  summary: 'One session',
  request: { params: sessionId },
  responses: {
    200: jsonAnswer('the session', sessionSchema),
    404: problemAnswer('no such session'),
    ...refusals,
  },
});

const evidence = defineRoute({
  method: 'get',
  path: '/session/{id}/evidence',
  'x-permission': 'sessions.read',
  'x-own-data': true,
  summary: 'The journal entries of a session, as the device wrote and hashed them',
  request: { params: sessionId },
  responses: {
    200: jsonAnswer('the entries', evidenceSchema),
    404: problemAnswer('no such session'),
    ...refusals,
  },
});

const list = (timeZone: string) =>
  defineRoute({
    method: 'get',
    path: '/sessions',
    'x-permission': 'sessions.read',
    'x-own-data': true,
    summary: 'Sessions weighed in during [from, to), oldest first',
    request: {
      query: pageQueryOf(z.tuple([z.iso.datetime(), uuidSchema])).extend({
        from: instantParameter(timeZone).optional(),
        to: instantParameter(timeZone).optional(),
        truck: truckIdSchema.optional(),
        ticketNo: ticketNoSchema.optional().openapi({ description: 'number on either ticket' }),
        providerId: providerIdSchema.optional(),
      }),
    },
    responses: { 200: jsonAnswer('a page', pageOf(sessionSchema)), ...refusals },
  });

export function sessionRoutes({ db, timeZone }: { db: Db; timeZone: string }) {
  return makeRouter()
    .openapi(one, async (c) => {
      const { id } = c.req.valid('param');
      const row = await db
        .selectFrom('weighing_sessions')
        .selectAll()
        .where('id', '=', id)
        .where(ofProvider(callerOf(c).providerId))
        .executeTakeFirst();
      return row === undefined ? answerUnknown(c, `session ${id}`) : c.json(sessionViewOf(row), 200);
    })
    .openapi(evidence, async (c) => {
      const { id } = c.req.valid('param');
      const found = await evidenceOf(db, id, callerOf(c).providerId);
      return found.length === 0 ? answerUnknown(c, `session ${id}`) : c.json(found, 200);
    })
    .openapi(list(timeZone), async (c) => {
      const { limit, cursor, from, to, truck, ticketNo, providerId } = c.req.valid('query');
      const own = callerOf(c).providerId;
      if (own !== null && providerId !== undefined && providerId !== own) {
        return answerInvalid(c, [{ path: 'providerId', message: 'is not yours' }]);
      }
      const rows = await findSessions(db, {
        fromMs: from,
        toMs: to,
        truck,
        ticketNo,
        providerId:
          own ?? (providerId === undefined ? null : ((await resolveProvider(db, providerId)) ?? providerId)),
        after: cursor,
        limit: limit + 1,
      });
      return c.json(
        pageFrom(rows.map(sessionViewOf), limit, ({ weighedInAt, id }) => [weighedInAt, id]),
        200,
      );
    });
}
