import { z } from '@hono/zod-openapi';
import { isoInstant, produceIdSchema } from '@weighgate/protocol';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import type { RegistryParts } from './registry-parts.ts';
import { produceChange } from './row-changes.ts';
import { likePatternOf, searchSchema } from './search-text.ts';

const produceSchema = z.object({ id: z.string().openapi({ example: 'orange' }) }).openapi('Produce');
const newProduceSchema = z.strictObject({ id: produceIdSchema }).openapi('NewProduce');

const create = defineRoute({
  method: 'post',
  path: '/produce',
  'x-permission': 'produce.write',
  summary: 'Register a kind of produce',
  request: { headers: idempotencyHeader, body: jsonBody(newProduceSchema) },
  responses: {
    201: jsonAnswer('registered', produceSchema),
    409: problemAnswer('this produce is registered already'),
    ...refusals,
  },
});

const list = defineRoute({
  method: 'get',
  path: '/produce',
  'x-permission': 'produce.read',
  summary: 'Kinds of produce, by id: all, or those with a part of a name',
  request: { query: pageQueryOf(produceIdSchema).extend({ search: searchSchema }) },
  responses: { 200: jsonAnswer('a page', pageOf(produceSchema)), ...refusals },
});

const one = defineRoute({
  method: 'get',
  path: '/produce/{id}',
  'x-permission': 'produce.read',
  summary: 'One kind of produce',
  request: { params: z.object({ id: produceIdSchema }) },
  responses: {
    200: jsonAnswer('the produce', produceSchema),
    404: problemAnswer('no such produce'),
    ...refusals,
  },
});

export function produceRoutes({ db, clock }: RegistryParts) {
  return makeRouter()
    .openapi(create, async (c) => {
      const body = c.req.valid('json');
      const key = c.req.valid('header')['idempotency-key'];
      const done = await createOnce({ db, clock, route: 'POST /produce', key, body }, async (trx) => {
        await lockMasterData(trx);
        const produce = await trx
          .insertInto('produce')
          .values({ id: body.id, created_at: isoInstant(clock.now()) })
          .onConflict((conflict) => conflict.doNothing())
          .returning('id')
          .executeTakeFirst();
        if (produce === undefined) return { kind: 'taken' as const };
        await recordChanges(trx, [produceChange(produce.id)], clock);
        return { kind: 'created' as const, body: produce };
      });
      if (done.kind === 'created') return c.json(done.body, 201);
      if (done.kind === 'key_reused') return answerKeyReused(c);
      return answerProblem(c, 409, {
        code: 'produce-taken',
        title: 'Produce registered already',
        detail: `produce "${body.id}" is registered already`,
      });
    })
    .openapi(list, async (c) => {
      const { limit, cursor, search } = c.req.valid('query');
      const rows = await db
        .selectFrom('produce')
        .select('id')
        .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
        .$if(search !== undefined, (query) => query.where('id', 'ilike', likePatternOf(search ?? '')))
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
      const produce = await db.selectFrom('produce').select('id').where('id', '=', id).executeTakeFirst();
      return produce === undefined ? answerUnknown(c, `produce "${id}"`) : c.json(produce, 200);
    });
}
