import { createRoute, z } from '@hono/zod-openapi';
import { isoInstant } from '@weighgate/protocol';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { RegistryParts } from './registry-parts.ts';

const providerSchema = z
  .object({ id: z.int().openapi({ example: 10001 }), name: z.string() })
  .openapi('Provider');

/** A name is compared without regard to case and to blanks around it. */
const nameSchema = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(255, 'must be at most 255 characters')
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'must be one line of readable text');
const nameKeyOf = (name: string) => name.normalize('NFKC').toLowerCase();

const newProviderSchema = z.strictObject({ name: nameSchema }).openapi('NewProvider');

/** A provider's id in a path or a query. */
export const providerIdSchema = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'must be a whole number')
  .transform(Number)
  .openapi({ type: 'integer', example: 10001 });

const create = createRoute({
  method: 'post',
  path: '/providers',
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

const list = createRoute({
  method: 'get',
  path: '/providers',
  summary: 'Providers, by id',
  request: { query: pageQueryOf(z.int().positive()) },
  responses: {
    200: jsonAnswer('a page', pageOf(providerSchema)),
    ...refusals,
  },
});

const one = createRoute({
  method: 'get',
  path: '/providers/{id}',
  summary: 'One provider',
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
        const provider = await trx
          .insertInto('providers')
          .values({ name: body.name, name_key: nameKeyOf(body.name), created_at: isoInstant(clock.now()) })
          .onConflict((conflict) => conflict.column('name_key').doNothing())
          .returning(['id', 'name'])
          .executeTakeFirst();
        return provider === undefined
          ? { kind: 'name_taken' as const }
          : { kind: 'created' as const, body: provider };
      });
      if (done.kind === 'created') return c.json(done.body, 201);
      if (done.kind === 'key_reused') return answerKeyReused(c);
      return answerProblem(c, 409, {
        code: 'provider-name-taken',
        title: 'Name taken',
        detail: `there is already a provider named "${body.name}"; names differ in more than upper and lower case`,
      });
    })
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('providers')
        .select(['id', 'name'])
        .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? 0))
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      return c.json(
        pageFrom(rows, limit, ({ id }) => id),
        200,
      );
    })
    .openapi(one, async (c) => {
      const { id } = c.req.valid('param');
      const provider = await db
        .selectFrom('providers')
        .select(['id', 'name'])
        .where('id', '=', id)
        .executeTakeFirst();
      return provider === undefined ? answerUnknown(c, `provider ${id}`) : c.json(provider, 200);
    });
}
