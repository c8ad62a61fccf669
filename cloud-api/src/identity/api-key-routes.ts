import { z } from '@hono/zod-openapi';
import { instantSchema, isoInstant, uuidSchema } from '@weighgate/protocol';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { onceOf } from '../http/once-of.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerInvalid, answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { keyPermissions, makeApiKey, revokeApiKey } from './api-keys.ts';
import { userNameSchema } from './identity-answers.ts';
import type { IdentityParts } from './identity-parts.ts';

const YEAR_MS = 366 * 86_400_000;
const permissionSchema = z.enum(keyPermissions);

const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().openapi({ description: 'how the key begins' }),
    permissions: z.array(z.string()),
    providerId: z.int().nullable(),
    createdAt: z.string(),
    createdBy: z.string(),
    expiresAt: z.string(),
    revokedAt: z.string().nullable(),
    lastUsedAt: z.string().nullable().openapi({ description: 'to the minute' }),
  })
  .openapi('ApiKey');

const list = defineRoute({
  method: 'get',
  path: '/keys',
  'x-permission': 'keys.read',
  summary: 'API keys, by id',
  request: { query: pageQueryOf(uuidSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(keySchema)), ...refusals },
});

const make = defineRoute({
  method: 'post',
  path: '/keys',
  'x-permission': 'keys.write',
  summary: 'Make an API key for a machine; it is shown this once and kept as a hash',
  request: {
    headers: idempotencyHeader,
    body: jsonBody(
      z
        .strictObject({
          name: userNameSchema,
          permissions: z.array(permissionSchema).min(1).max(keyPermissions.length),
          providerId: z.int().positive().nullable().default(null),
          expiresAt: instantSchema,
        })
        .openapi('NewApiKey'),
    ),
  },
  responses: { 201: jsonAnswer('the key', z.object({ id: z.string(), key: z.string() })), ...refusals },
});

const revoke = defineRoute({
  method: 'post',
  path: '/keys/{id}/revoke',
  'x-permission': 'keys.write',
  summary: 'End an API key',
  request: { params: z.object({ id: uuidSchema }) },
  responses: {
    200: jsonAnswer('it has ended', z.object({ id: z.string() })),
    404: problemAnswer('no such key still counts'),
    ...refusals,
  },
});

const orNull = (at: Date | null) => (at === null ? null : isoInstant(at.getTime()));

/** What administrators do about the keys of machines. */
export function apiKeyRoutes(parts: IdentityParts) {
  const { db, clock } = parts;
  return makeRouter()
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('api_keys')
        .selectAll()
        .$if(cursor !== undefined, (query) => query.where('key_id', '>', cursor ?? ''))
        .orderBy('key_id')
        .limit(limit + 1)
        .execute();
      const keys = rows.map((row) => ({
        id: row.key_id,
        name: row.name,
        prefix: row.prefix,
        permissions: row.permissions,
        providerId: row.provider_id,
        createdAt: isoInstant(row.created_at.getTime()),
        createdBy: row.created_by,
        expiresAt: isoInstant(row.expires_at.getTime()),
        revokedAt: orNull(row.revoked_at),
        lastUsedAt: orNull(row.last_used_at),
      }));
      return c.json(
        pageFrom(keys, limit, ({ id }) => id),
        200,
      );
    })
    .openapi(make, async (c) => {
      const { expiresAt, ...wish } = c.req.valid('json');
      const caller = callerOf(c);
      const expiresAtMs = Date.parse(expiresAt);
      const nowMs = clock.now();
      if (expiresAtMs <= nowMs || expiresAtMs > nowMs + YEAR_MS) {
        return answerInvalid(c, [{ path: 'expiresAt', message: 'must be within a year from now' }]);
      }
      const beyond = wish.permissions.filter((one) => !caller.permissions.has(one));
      if (beyond.length > 0) {
        return answerProblem(c, 403, {
          code: 'forbidden',
          title: 'Not allowed',
          detail: `a key holds at most what its maker holds, and ${caller.name} does not hold ${beyond.join(', ')}`,
        });
      }
      const once = onceOf(c, 'POST /keys', { ...wish, expiresAt }, parts);
      const made = await createOnce(once, async (trx) => {
        if (wish.providerId !== null) {
          const known = await trx
            .selectFrom('providers')
            .select('id')
            .where('id', '=', wish.providerId)
            .executeTakeFirst();
          if (known === undefined) return { kind: 'unknown_provider' as const };
        }
        const { keyId, key } = await makeApiKey(trx, { ...wish, expiresAtMs }, caller, parts);
        return { kind: 'created' as const, body: { id: keyId, key } };
      });
      if (made.kind === 'key_reused') return answerKeyReused(c);
      if (made.kind === 'unknown_provider') {
        return answerInvalid(c, [{ path: 'providerId', message: `there is no provider ${wish.providerId}` }]);
      }
      c.header('cache-control', 'no-store');
      return c.json(made.body, 201);
    })
    .openapi(revoke, async (c) => {
      const { id } = c.req.valid('param');
      const revoked = await revokeApiKey(id, callerOf(c), parts);
      return revoked ? c.json({ id }, 200) : answerUnknown(c, `API key ${id} that still counts`);
    });
}
