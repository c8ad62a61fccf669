import { z } from '@hono/zod-openapi';
import { uuidSchema } from '@weighgate/protocol';
import { type FoundEntry, findEntries } from '../audit/find-entries.ts';
import { defineRoute } from '../http/define-route.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { IdentityParts } from './identity-parts.ts';
import { ACCOUNT_ACTIONS } from './note-event.ts';

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
  request: { query: pageQueryOf(z.int().positive()).extend({ user: uuidSchema.optional() }) },
  responses: { 200: jsonAnswer('a page', pageOf(eventSchema)), ...refusals },
});

/** The part of the audit that is about accounts and keys. */
export function eventRoutes({ db }: Pick<IdentityParts, 'db'>) {
  return makeRouter().openapi(list, async (c) => {
    const { limit, cursor, user } = c.req.valid('query');
    const about = user === undefined ? {} : { subjectKind: 'user', subjectId: user };
    const filter = { actionsUnder: ACCOUNT_ACTIONS, beforeSeq: cursor, ...about };
    const found = await findEntries(db, filter, 'desc', limit + 1);
    const { items, nextCursor } = pageFrom(found, limit, ({ seq }) => seq);
    return c.json({ items: items.map(eventOf), nextCursor }, 200);
  });
}

function eventOf({ entry }: FoundEntry): z.infer<typeof eventSchema> {
  return {
    id: entry.id,
    at: entry.at,
    kind: entry.action.slice(ACCOUNT_ACTIONS.length),
    userId: entry.subject.kind === 'user' ? entry.subject.id : null,
    actor: entry.actor.name,
    address: entry.place?.address ?? null,
    device: entry.place?.userAgent ?? null,
    detail: entry.after,
  };
}
