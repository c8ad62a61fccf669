import { z } from '@hono/zod-openapi';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { answerMatchFault, etagOf, ifMatchHeader, matchRefusals } from '../http/if-match.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { addProvider } from './add-provider.ts';
import { changeProvider } from './change-provider.ts';
import { findProviders } from './find-providers.ts';
import { providerNameSchema } from './provider-name.ts';
import type { RegistryParts } from './registry-parts.ts';
import { resolveProvider } from './resolve-provider.ts';
import { searchSchema } from './search-text.ts';

export const providerSchema = z
  .object({
    id: z.int().openapi({ example: 10001 }),
    name: z.string(),
    status: z
      .enum(['active', 'revoked'])
      .openapi({ description: 'weighbridges flag, or refuse, the trucks of a revoked provider' }),
  })
  .openapi('Provider');

const newProviderSchema = z.strictObject({ name: providerNameSchema }).openapi('NewProvider');

/** A provider's id in a path or a query. */
export const providerIdSchema = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'must be a whole number')
  .transform(Number)
  .openapi({ type: 'integer', example: 10001 });

const create = defineRoute({
  method: 'post',
  path: '/providers',
  'x-permission': 'providers.write',
  summary: 'Register a provider',
  request: {
    headers: idempotencyHeader,
    body: jsonBody(newProviderSchema),
  },
  responses: {
    201: jsonAnswer('registered', providerSchema),
    409: problemAnswer('there is a provider of this name'),
    ...refusals,
  },
});

const changedProviderSchema = z
  .strictObject({ name: providerNameSchema.optional(), status: z.enum(['active', 'revoked']).optional() })
  .openapi('ChangedProvider');

const change = defineRoute({
  method: 'put',
  path: '/providers/{id}',
  'x-permission': 'providers.write',
  summary: 'Rename a provider, revoke one, or take one back',
  request: {
    params: z.object({ id: providerIdSchema }),
    headers: ifMatchHeader,
    body: jsonBody(changedProviderSchema),
  },
  responses: {
    200: jsonAnswer('as it is now', providerSchema),
    404: problemAnswer('no such provider'),
    409: problemAnswer('there is another provider of this name, or it was merged into another one'),
    ...matchRefusals,
    ...refusals,
  },
});

const list = defineRoute({
  method: 'get',
  path: '/providers',
  'x-permission': 'providers.read',
  summary: 'Providers: all by id, or those whose name fits, the best first',
  request: { query: pageQueryOf(z.tuple([z.int(), z.int().positive()])).extend({ search: searchSchema }) },
  responses: {
    200: jsonAnswer('a page', pageOf(providerSchema)),
    ...refusals,
  },
});

const one = defineRoute({
  method: 'get',
  path: '/providers/{id}',
  'x-permission': 'providers.read',
  summary: 'One provider, by its id or by that of one that was merged into it',
  request: { params: z.object({ id: providerIdSchema }) },
  responses: {
    200: jsonAnswer('the provider', providerSchema),
    404: problemAnswer('no such provider'),
    ...refusals,
  },
});

export function providerRoutes({ db, clock }: RegistryParts) {
  return makeRouter()
    .openapi(create, async (c) => {
      const body = c.req.valid('json');
      const key = c.req.valid('header')['idempotency-key'];
      const done = await createOnce({ db, clock, route: 'POST /providers', key, body }, async (trx) => {
        const added = await addProvider(trx, body.name, clock);
        if (added.kind === 'name_taken') return added;
        return { kind: 'created' as const, body: added.provider };
      });
      if (done.kind === 'created') return c.json(done.body, 201, { etag: etagOf(1) });
      if (done.kind === 'key_reused') return answerKeyReused(c);
      return answerProblem(c, 409, {
        code: 'provider-name-taken',
        title: 'Name taken',
        detail: `there is already a provider named "${body.name}"; names differ in more than upper and lower case`,
      });
    })
    .openapi(change, async (c) => {
      const { id } = c.req.valid('param');
      const { name, status } = c.req.valid('json');
      const ifMatch = c.req.valid('header')['if-match'];
      const done = await db
        .transaction()
        .execute((trx) => changeProvider(trx, { id, name, status, ifMatch }, clock));
      switch (done.kind) {
        case 'changed':
          return c.json(done.provider, 200, { etag: etagOf(done.version) });
        case 'unknown':
          return answerUnknown(c, `provider ${id}`);
        case 'not_matched':
          return answerMatchFault(c, done.fault);
        case 'merged':
          return answerProblem(c, 409, {
            code: 'provider-merged',
            title: 'Provider merged',
            detail: `provider ${id} is provider ${done.into} now: change that one`,
          });
        case 'name_taken':
          return answerProblem(c, 409, {
            code: 'provider-name-taken',
            title: 'Name taken',
            detail: `there is already another provider named "${name}"`,
          });
      }
    })
    .openapi(list, async (c) => {
      const { limit, cursor, search } = c.req.valid('query');
      const rows = await findProviders(db, { search, after: cursor, limit: limit + 1 });
      const { items, nextCursor } = pageFrom(rows, limit, ({ rank, id }) => [rank, id]);
      return c.json({ items: items.map(({ rank: _, ...provider }) => provider), nextCursor }, 200);
    })
    .openapi(one, async (c) => {
      const { id } = c.req.valid('param');
      const provider = await db
        .selectFrom('providers')
        .select(['id', 'name', 'status', 'version'])
        .where('id', '=', (await resolveProvider(db, id)) ?? null)
        .executeTakeFirst();
      if (provider === undefined) return answerUnknown(c, `provider ${id}`);
      const { version, ...said } = provider;
      return c.json(said, 200, { etag: etagOf(version) });
    });
}
