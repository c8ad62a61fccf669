import { z } from '@hono/zod-openapi';
import { type Clock, isoInstant, type MakeId, produceIdSchema, uuidSchema } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { instantParameter } from '../http/instant.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerInvalid, answerProblem, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { lockMasterData, recordChanges } from '../registry/record-changes.ts';
import { rateChange } from '../registry/row-changes.ts';
import type { Db, Trx } from '../store/database.ts';
import type { RatesTable } from '../store/schema.ts';
import { rateTextOf, rateTextSchema } from './money.ts';

const rateSchema = z
  .object({
    id: z.string(),
    produce: z.string(),
    providerId: z.int().nullable().openapi({ description: 'null: for every provider' }),
    ratePerKgMinor: z.string().openapi({ example: '93.5', description: 'minor units per kg' }),
    validFrom: z.string().nullable(),
    validTo: z.string().nullable().openapi({ description: 'exclusive' }),
  })
  .openapi('Rate');

const newRateSchema = (timeZone: string) =>
  z
    .strictObject({
      produce: produceIdSchema,
      providerId: z.int().positive().nullable().default(null),
      ratePerKgMinor: rateTextSchema,
      validFrom: instantParameter(timeZone).nullable().default(null),
      validTo: instantParameter(timeZone).nullable().default(null),
    })
    .refine(({ validFrom, validTo }) => validFrom === null || validTo === null || validFrom < validTo, {
      path: ['validTo'],
      message: 'must be after validFrom',
    });
type NewRate = z.infer<ReturnType<typeof newRateSchema>>;

const create = (timeZone: string) =>
  defineRoute({
    method: 'post',
    path: '/rates',
    'x-permission': 'rates.write',
    summary: 'Set a rate for a produce, for one provider or for all, from and to an instant',
    request: { headers: idempotencyHeader, body: jsonBody(newRateSchema(timeZone)) },
    responses: {
      201: jsonAnswer('set', rateSchema),
      409: problemAnswer('another rate of this produce and provider holds in part of that time'),
      ...refusals,
    },
  });

const list = defineRoute({
  method: 'get',
  path: '/rates',
  'x-permission': 'rates.read',
  summary: 'Rates, in the order they were set',
  request: { query: pageQueryOf(uuidSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(rateSchema)), ...refusals },
});

export interface RateParts {
  db: Db;
  clock: Clock;
  makeId: MakeId;
  timeZone: string;
  currency: string;
}

export function rateRoutes(parts: RateParts) {
  const { db, clock } = parts;
  return makeRouter()
    .openapi(create(parts.timeZone), async (c) => {
      const body = c.req.valid('json');
      const key = c.req.valid('header')['idempotency-key'];
      const done = await createOnce({ db, clock, route: 'POST /rates', key, body }, (trx) =>
        setRate(trx, body, parts),
      );
      switch (done.kind) {
        case 'created':
          return c.json(done.body, 201);
        case 'key_reused':
          return answerKeyReused(c);
        case 'unknown':
          return answerInvalid(c, [{ path: done.field, message: done.message }]);
        case 'overlap':
          return answerProblem(c, 409, {
            code: 'rate-overlaps',
            title: 'Rate overlaps another',
            detail:
              `another rate for "${body.produce}" and ` +
              `${body.providerId === null ? 'all providers' : `provider ${body.providerId}`} holds in part of that time`,
          });
      }
    })
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      let query = db.selectFrom('rates').selectAll();
      if (cursor !== undefined) query = query.where('id', '>', cursor);
      const rows = await query
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      return c.json(
        pageFrom(rows.map(rateViewOf), limit, ({ id }) => id),
        200,
      );
    });
}

type RateSetting =
  | { kind: 'created'; body: z.infer<typeof rateSchema> }
  | { kind: 'unknown'; field: string; message: string }
  | { kind: 'overlap' };

async function setRate(trx: Trx, rate: NewRate, parts: RateParts): Promise<RateSetting> {
  await lockMasterData(trx);
  const { produce, providerId } = rate;
  if (!(await exists(trx, 'produce', produce))) {
    return { kind: 'unknown', field: 'produce', message: `there is no produce "${produce}"` };
  }
  if (providerId !== null && !(await exists(trx, 'providers', providerId))) {
    return { kind: 'unknown', field: 'providerId', message: `there is no provider ${providerId}` };
  }
  const row = await trx
    .insertInto('rates')
    .values({
      id: parts.makeId(),
      produce,
      provider_id: providerId,
      rate_per_kg_minor: rate.ratePerKgMinor,
      currency: parts.currency,
      valid_from: rate.validFrom === null ? null : isoInstant(rate.validFrom),
      valid_to: rate.validTo === null ? null : isoInstant(rate.validTo),
      created_at: isoInstant(parts.clock.now()),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return { kind: 'overlap' };
  await recordChanges(trx, [await rateChange(trx, row.id, parts.currency)], parts.clock);
  return { kind: 'created', body: rateViewOf(row) };
}

async function exists(trx: Trx, table: 'produce' | 'providers', id: string | number): Promise<boolean> {
  const row = await trx.selectFrom(table).select('id').where('id', '=', id).executeTakeFirst();
  return row !== undefined;
}

function rateViewOf(row: Selectable<RatesTable>): z.infer<typeof rateSchema> {
  return {
    id: row.id,
    produce: row.produce,
    providerId: row.provider_id,
    ratePerKgMinor: rateTextOf(row.rate_per_kg_minor),
    validFrom: row.valid_from === null ? null : isoInstant(row.valid_from.getTime()),
    validTo: row.valid_to === null ? null : isoInstant(row.valid_to.getTime()),
  };
}
