import { createRoute, z } from '@hono/zod-openapi';
import { containerIdSchema, isoInstant, kgOf, MAX_GRAMS } from '@weighgate/protocol';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { RegistryParts } from './registry-parts.ts';

const containerSchema = z
  .object({
    id: z.string().openapi({ example: 'C-35434' }),
    tareKg: z.number(),
    measured: z.boolean().openapi({ description: 'true when a weighbridge weighed it empty' }),
  })
  .openapi('Container');

const isWholeGrams = (kg: number) => Math.abs(kg * 1000 - Math.round(kg * 1000)) < 1e-6;
const newContainerSchema = z
  .strictObject({
    id: containerIdSchema,
    tareKg: z
      .number()
      .min(0, 'must not be negative')
      .max(MAX_GRAMS / 1000)
      .refine(isWholeGrams, 'must have at most three decimals: the gram is the smallest unit'),
  })
  .openapi('NewContainer');

const create = createRoute({
  method: 'post',
  path: '/containers',
  summary: 'Register a container with its tare',
  request: { headers: idempotencyHeader, body: jsonBody(newContainerSchema) },
  responses: {
    201: jsonAnswer('registered', containerSchema),
    409: problemAnswer('this container is registered already'),
    ...refusals,
  },
});

const list = createRoute({
  method: 'get',
  path: '/containers',
  summary: 'Containers, by id',
  request: { query: pageQueryOf(containerIdSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(containerSchema)), ...refusals },
});

const one = createRoute({
  method: 'get',
  path: '/containers/{id}',
  summary: 'One container',
  request: { params: z.object({ id: containerIdSchema }) },
  responses: {
    200: jsonAnswer('the container', containerSchema),
    404: problemAnswer('no such container'),
    ...refusals,
  },
});

const containerOf = (row: { id: string; tare_g: number; tare_entry_uuid: string | null }) => ({
  id: row.id,
  tareKg: kgOf(row.tare_g),
  measured: row.tare_entry_uuid !== null,
});

export function containerRoutes({ db, clock }: RegistryParts) {
  return makeRouter()
    .openapi(create, async (c) => {
      const body = c.req.valid('json');
      const key = c.req.valid('header')['idempotency-key'];
      const done = await createOnce({ db, clock, route: 'POST /containers', key, body }, async (trx) => {
        const row = await trx
          .insertInto('containers')
          .values({
            id: body.id,
            tare_g: Math.round(body.tareKg * 1000),
            tare_entry_uuid: null,
            updated_at: isoInstant(clock.now()),
          })
          .onConflict((conflict) => conflict.doNothing())
          .returning(['id', 'tare_g', 'tare_entry_uuid'])
          .executeTakeFirst();
        return row === undefined
          ? { kind: 'taken' as const }
          : { kind: 'created' as const, body: containerOf(row) };
      });
      if (done.kind === 'created') return c.json(done.body, 201);
      if (done.kind === 'key_reused') return answerKeyReused(c);
      return answerProblem(c, 409, {
        code: 'container-taken',
        title: 'Container registered already',
        detail: `container ${body.id} is registered already`,
      });
    })
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('containers')
        .select(['id', 'tare_g', 'tare_entry_uuid'])
        .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      return c.json(
        pageFrom(rows.map(containerOf), limit, ({ id }) => id),
        200,
      );
    })
    .openapi(one, async (c) => {
      const { id } = c.req.valid('param');
      const row = await db
        .selectFrom('containers')
        .select(['id', 'tare_g', 'tare_entry_uuid'])
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? answerUnknown(c, `container ${id}`) : c.json(containerOf(row), 200);
    });
}
