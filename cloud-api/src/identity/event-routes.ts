import { z } from '@hono/zod-openapi';
import { isoInstant, uuidSchema } from '@weighgate/protocol';
import { defineRoute } from '../http/define-route.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { IdentityParts } from './identity-parts.ts';

const eventSchema = z
  .object({
    id: z.string(),
    at: z.string(),
    kind: z.string(),
    userId: z.string().nullable(),
    actor: z.string(),
    address: z.string().nullable(),
    device: z.string().nullable(),
    detail: z.unknown(),
  })
  .openapi('IdentityEvent');

const list = defineRoute({
  method: 'get',
  path: '/events',
  'x-permission': 'audit.read',
  summary: 'What happened to accounts and keys, newest first',
  request: { query: pageQueryOf(uuidSchema).extend({ user: uuidSchema.optional() }) },
  responses: { 200: jsonAnswer('a page', pageOf(eventSchema)), ...refusals },
});

export function eventRoutes({ db }: Pick<IdentityParts, 'db'>) {
  return makeRouter().openapi(list, async (c) => {
    const { limit, cursor, user } = c.req.valid('query');
    const rows = await db
      .selectFrom('identity_events')
      .selectAll()
      .$if(cursor !== undefined, (query) => query.where('event_id', '<', cursor ?? ''))
      .$if(user !== undefined, (query) => query.where('user_id', '=', user ?? ''))
      .orderBy('event_id', 'desc')
      .limit(limit + 1)
      .execute();
    const events = rows.map((row) => ({
      id: row.event_id,
      at: isoInstant(row.at.getTime()),
      kind: row.kind,
      userId: row.user_id,
      actor: row.actor,
      address: row.address,
      device: row.user_agent,
      detail: row.detail,
    }));
    return c.json(
      pageFrom(events, limit, ({ id }) => id),
      200,
    );
  });
}
