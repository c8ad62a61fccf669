import { z } from '@hono/zod-openapi';
import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { callerOf } from '../../http/caller.ts';
import { defineRoute } from '../../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../../http/idempotent.ts';
import { jsonAnswer } from '../../http/json-content.ts';
import { answerKeyReused } from '../../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../../http/page.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../../http/problem.ts';
import { makeRouter } from '../../http/router.ts';
import type { Db } from '../../store/database.ts';
import { makeBatch } from './make-batch.ts';

const batchSchema = z
  .object({
    number: z.int(),
    billCount: z.int(),
    sha256: z.string().openapi({ description: 'of its CSV' }),
    madeAt: z.string(),
    madeBy: z.string(),
  })
  .openapi('AccountingBatch');

const make = defineRoute({
  method: 'post',
  path: '/accounting-batches',
  'x-permission': 'accounting.export',
  summary: 'Hand every bill that is in no batch yet to the accountants, as the next batch',
  request: { headers: idempotencyHeader },
  responses: {
    201: jsonAnswer('the batch', batchSchema),
    409: problemAnswer('every bill is in a batch already'),
    ...refusals,
  },
});

const list = defineRoute({
  method: 'get',
  path: '/accounting-batches',
  'x-permission': 'bills.read',
  summary: 'Batches, by number',
  request: { query: pageQueryOf(z.int().positive()) },
  responses: { 200: jsonAnswer('a page', pageOf(batchSchema)), ...refusals },
});

const content = defineRoute({
  method: 'get',
  path: '/accounting-batches/{number}/content',
  'x-permission': 'bills.read',
  summary: 'A batch as CSV, the same bytes at every reading',
  request: {
    params: z.object({
      number: z
        .string()
        .regex(/^[1-9]\d{0,14}$/, 'must be the number of a batch')
        .transform(Number)
        .openapi({ type: 'integer' }),
    }),
  },
  responses: {
    200: { description: 'the batch', content: { 'text/csv': { schema: z.string() } } },
    404: problemAnswer('no such batch'),
    ...refusals,
  },
});

/** What accountants are given. */
export function batchRoutes({ db, clock, makeId }: { db: Db; clock: Clock; makeId: MakeId }) {
  return makeRouter()
    .openapi(make, async (c) => {
      const key = c.req.valid('header')['idempotency-key'];
      const done = await createOnce({ db, clock, route: 'POST /accounting-batches', key, body: {} }, (trx) =>
        makeBatch(trx, callerOf(c), { clock, makeId }),
      );
      if (done.kind === 'created') return c.json(done.body, 201);
      if (done.kind === 'key_reused') return answerKeyReused(c);
      return answerProblem(c, 409, {
        code: 'nothing-to-export',
        title: 'Nothing to export',
        detail: 'every issued bill is in a batch already',
      });
    })
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('accounting_batches')
        .select(['number', 'bill_count', 'sha256', 'made_at', 'made_by'])
        .where('number', '>', cursor ?? 0)
        .orderBy('number')
        .limit(limit + 1)
        .execute();
      const batches = rows.map((row) => ({
        number: row.number,
        billCount: row.bill_count,
        sha256: row.sha256,
        madeAt: isoInstant(row.made_at.getTime()),
        madeBy: row.made_by,
      }));
      return c.json(
        pageFrom(batches, limit, ({ number }) => number),
        200,
      );
    })
    .openapi(content, async (c) => {
      const { number } = c.req.valid('param');
      const row = await db
        .selectFrom('accounting_batches')
        .select('content')
        .where('number', '=', number)
        .executeTakeFirst();
      if (row === undefined) return answerUnknown(c, `accounting batch ${number}`);
      return c.body(row.content, 200, {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="accounting-${String(number).padStart(6, '0')}.csv"`,
      });
    });
}
