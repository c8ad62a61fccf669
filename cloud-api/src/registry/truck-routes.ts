import { z } from '@hono/zod-openapi';
import { isoInstant, truckIdSchema, truckKeyOf } from '@weighgate/protocol';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { answerMatchFault, etagOf, ifMatchHeader, matchFaultOf, matchRefusals } from '../http/if-match.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerInvalid, answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import type { RegistryParts } from './registry-parts.ts';
import { truckChanges } from './row-changes.ts';
import { settleProposals } from './settle-proposals.ts';

const truckSchema = z
  .object({ id: z.string().openapi({ example: '77-421-03' }), providerId: z.int() })
  .openapi('Truck');
const newTruckSchema = z
  .strictObject({ id: truckIdSchema, providerId: z.int().positive() })
  .openapi('NewTruck');

const create = defineRoute({
  method: 'post',
  path: '/trucks',
  'x-permission': 'trucks.write',
  summary: 'Register a truck with its owner',
  request: { headers: idempotencyHeader, body: jsonBody(newTruckSchema) },
  responses: {
    201: jsonAnswer('registered', truckSchema),
    409: problemAnswer('this truck is registered already, however its plate was typed'),
    ...refusals,
  },
});

const changedTruckSchema = z.strictObject({ providerId: z.int().positive() }).openapi('ChangedTruck');

const change = defineRoute({
  method: 'put',
  path: '/trucks/{id}',
  'x-permission': 'trucks.write',
  summary: 'Give a truck another owner; deliveries that are in the ledger keep theirs',
  request: {
    params: z.object({ id: truckIdSchema }),
    headers: ifMatchHeader,
    body: jsonBody(changedTruckSchema),
  },
  responses: {
    200: jsonAnswer('as it is now', truckSchema),
    404: problemAnswer('no such truck'),
    ...matchRefusals,
    ...refusals,
  },
});

const list = defineRoute({
  method: 'get',
  path: '/trucks',
  'x-permission': 'trucks.read',
  summary: 'Trucks, by id',
  request: { query: pageQueryOf(truckIdSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(truckSchema)), ...refusals },
});

const one = defineRoute({
  method: 'get',
  path: '/trucks/{id}',
  'x-permission': 'trucks.read',
  summary: 'One truck, its plate typed in any way',
  request: { params: z.object({ id: truckIdSchema }) },
  responses: { 200: jsonAnswer('the truck', truckSchema), 404: problemAnswer('no such truck'), ...refusals },
});

export function truckRoutes({ db, clock }: RegistryParts) {
  return makeRouter()
    .openapi(create, async (c) => {
      const body = c.req.valid('json');
      const key = c.req.valid('header')['idempotency-key'];
      const done = await createOnce({ db, clock, route: 'POST /trucks', key, body }, async (trx) => {
        await lockMasterData(trx);
        const provider = await trx
          .selectFrom('providers')
          .select('id')
          .where('id', '=', body.providerId)
          .forKeyShare()
          .executeTakeFirst();
        if (provider === undefined) return { kind: 'unknown_provider' as const };
        const truck = await trx
          .insertInto('trucks')
          .values({
            id: body.id,
            truck_key: truckKeyOf(body.id),
            provider_id: body.providerId,
            created_at: isoInstant(clock.now()),
          })
          .onConflict((conflict) => conflict.doNothing())
          .returning('id')
          .executeTakeFirst();
        if (truck === undefined) return { kind: 'taken' as const };
        const key = truckKeyOf(body.id);
        const settled = await settleProposals(trx, key, { outcome: 'accepted', plate: body.id, key }, clock);
        await recordChanges(trx, [...(await truckChanges(trx, key)), ...settled], clock);
        return { kind: 'created' as const, body };
      });
      switch (done.kind) {
        case 'created':
          return c.json(done.body, 201, { etag: etagOf(1) });
        case 'key_reused':
          return answerKeyReused(c);
        case 'unknown_provider':
          return answerInvalid(c, [
            { path: 'providerId', message: `there is no provider ${body.providerId}` },
          ]);
        case 'taken':
          return answerProblem(c, 409, {
            code: 'truck-taken',
            title: 'Truck registered already',
            detail: `truck ${body.id} is registered already; blanks, dashes and case make no difference`,
          });
      }
    })
    .openapi(change, async (c) => {
      const { id } = c.req.valid('param');
      const { providerId } = c.req.valid('json');
      const key = truckKeyOf(id);
      const done = await db.transaction().execute(async (trx) => {
        await lockMasterData(trx);
        const now = await trx
          .selectFrom('trucks')
          .select('version')
          .where('truck_key', '=', key)
          .forUpdate()
          .executeTakeFirst();
        if (now === undefined) return undefined;
        const fault = matchFaultOf(c.req.valid('header')['if-match'], now.version);
        if (fault !== null) return fault;
        const provider = await trx
          .selectFrom('providers')
          .select('id')
          .where('id', '=', providerId)
          .executeTakeFirst();
        if (provider === undefined) return 'unknown_provider';
        const rows = await trx
          .updateTable('trucks')
          .set({ provider_id: providerId })
          .where(({ eb, or }) => or([eb('truck_key', '=', key), eb('alias_of', '=', key)]))
          .returning(['id', 'truck_key', 'provider_id as providerId', 'version'])
          .execute();
        await recordChanges(trx, await truckChanges(trx, key), clock);
        return rows.find(({ truck_key }) => truck_key === key);
      });
      if (done === undefined) return answerUnknown(c, `truck ${id}`);
      if (done !== 'unknown_provider') {
        if ('kind' in done) return answerMatchFault(c, done);
        return c.json({ id: done.id, providerId: done.providerId }, 200, { etag: etagOf(done.version) });
      }
      return answerInvalid(c, [{ path: 'providerId', message: `there is no provider ${providerId}` }]);
    })
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('trucks')
        .select(['id', 'provider_id as providerId'])
        .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
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
      const truck = await db
        .selectFrom('trucks')
        .select(['id', 'provider_id as providerId', 'version'])
        .where('truck_key', '=', truckKeyOf(id))
        .executeTakeFirst();
      if (truck === undefined) return answerUnknown(c, `truck ${id}`);
      const { version, ...said } = truck;
      return c.json(said, 200, { etag: etagOf(version) });
    });
}
