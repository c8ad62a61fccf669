import { z } from '@hono/zod-openapi';
import { type Clock, isoInstant, type MakeId, uuidSchema } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerInvalid, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';
import type { WebhookEndpointsTable } from '../store/outbound-tables.ts';
import { eventTypes } from './queue-message.ts';
import type { SecretSeal } from './secret-seal.ts';
import { makeWebhookSecret } from './webhook-signature.ts';
import { type AllowedAddresses, urlRefusalOf } from './webhook-url.ts';

const eventTypesSchema = z
  .array(z.enum(eventTypes))
  .min(1)
  .max(eventTypes.length)
  .refine((types) => new Set(types).size === types.length, 'must name each type once');

const endpointSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    eventTypes: z.array(z.string()),
    createdAt: z.string(),
    createdBy: z.string(),
    endedAt: z.string().nullable(),
  })
  .openapi('WebhookEndpoint');

const list = defineRoute({
  method: 'get',
  path: '/webhooks',
  'x-permission': 'webhooks.read',
  summary: 'Webhook endpoints, by id',
  request: { query: pageQueryOf(uuidSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(endpointSchema)), ...refusals },
});

const create = defineRoute({
  method: 'post',
  path: '/webhooks',
  'x-permission': 'webhooks.write',
  summary: 'Send events to a URL from now on',
  description:
    'Signed after Standard Webhooks 1.0. The URL leads to a public address over HTTPS, at port 443 or 8443.',
  request: {
    headers: idempotencyHeader,
    body: jsonBody(
      z
        .strictObject({ url: z.string().max(2000), eventTypes: eventTypesSchema })
        .openapi('NewWebhookEndpoint'),
    ),
  },
  responses: { 201: jsonAnswer('registered', endpointSchema), ...refusals },
});

const oneId = { params: z.object({ id: uuidSchema }) };

const secret = defineRoute({
  method: 'get',
  path: '/webhooks/{id}/secret',
  'x-permission': 'webhooks.write',
  summary: 'The secret that an endpoint’s messages are signed with',
  request: oneId,
  responses: {
    200: jsonAnswer('the secret', z.object({ secret: z.string() })),
    404: problemAnswer('no such endpoint'),
    ...refusals,
  },
});

const end = defineRoute({
  method: 'post',
  path: '/webhooks/{id}/end',
  'x-permission': 'webhooks.write',
  summary: 'Send nothing more to an endpoint, also nothing that waits',
  request: oneId,
  responses: {
    200: jsonAnswer('ended', endpointSchema),
    404: problemAnswer('no such endpoint is in use'),
    ...refusals,
  },
});

export interface WebhookRouteParts {
  db: Db;
  clock: Clock;
  makeId: MakeId;
  randomBytes: (size: number) => Buffer;
  seal: SecretSeal;
  allowedAddresses: AllowedAddresses;
}

/** What administrators do about webhook endpoints. */
export function webhookRoutes(parts: WebhookRouteParts) {
  const { db, clock, seal } = parts;
  return makeRouter()
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('webhook_endpoints')
        .selectAll()
        .$if(cursor !== undefined, (query) => query.where('endpoint_id', '>', cursor ?? ''))
        .orderBy('endpoint_id')
        .limit(limit + 1)
        .execute();
      return c.json(
        pageFrom(rows.map(viewOf), limit, ({ id }) => id),
        200,
      );
    })
    .openapi(create, async (c) => {
      const body = c.req.valid('json');
      const fault = urlRefusalOf(body.url, parts.allowedAddresses);
      if (fault !== undefined) return answerInvalid(c, [{ path: 'url', message: fault }]);
      const key = c.req.valid('header')['idempotency-key'];
      const done = await createOnce({ db, clock, route: 'POST /webhooks', key, body }, async (trx) => {
        const id = parts.makeId();
        const row = await trx
          .insertInto('webhook_endpoints')
          .values({
            endpoint_id: id,
            url: body.url,
            event_types: body.eventTypes,
            sealed_secret: seal.close(makeWebhookSecret(parts.randomBytes), id),
            created_at: isoInstant(clock.now()),
            created_by: callerOf(c).name,
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        return { kind: 'created' as const, body: viewOf(row) };
      });
      return done.kind === 'created' ? c.json(done.body, 201) : answerKeyReused(c);
    })
    .openapi(secret, async (c) => {
      const { id } = c.req.valid('param');
      const row = await db
        .selectFrom('webhook_endpoints')
        .select('sealed_secret')
        .where('endpoint_id', '=', id)
        .executeTakeFirst();
      const opened = row === undefined ? undefined : seal.open(row.sealed_secret, id);
      if (opened === undefined) return answerUnknown(c, `webhook endpoint ${id} with a secret that opens`);
      c.header('cache-control', 'no-store');
      return c.json({ secret: opened }, 200);
    })
    .openapi(end, async (c) => {
      const { id } = c.req.valid('param');
      const row = await db
        .updateTable('webhook_endpoints')
        .set({ ended_at: isoInstant(clock.now()), ended_by: callerOf(c).name })
        .where('endpoint_id', '=', id)
        .where('ended_at', 'is', null)
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? answerUnknown(c, `webhook endpoint ${id} in use`) : c.json(viewOf(row), 200);
    });
}

function viewOf(row: Selectable<WebhookEndpointsTable>): z.infer<typeof endpointSchema> {
  return {
    id: row.endpoint_id,
    url: row.url,
    eventTypes: row.event_types,
    createdAt: isoInstant(row.created_at.getTime()),
    createdBy: row.created_by,
    endedAt: row.ended_at === null ? null : isoInstant(row.ended_at.getTime()),
  };
}
