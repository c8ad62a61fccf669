import { z } from '@hono/zod-openapi';
import { containerIdSchema, instantSchema, isoInstant, kgOf, MAX_GRAMS } from '@weighgate/protocol';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { answerMatchFault, etagOf, ifMatchHeader, matchFaultOf, matchRefusals } from '../http/if-match.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerInvalid, answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { containersAt } from './find-containers.ts';
import { lockMasterData } from './record-changes.ts';
import type { RegistryParts } from './registry-parts.ts';
import { likePatternOf, searchSchema } from './search-text.ts';
import { setTare } from './set-tare.ts';

const containerSchema = z
  .object({
    id: z.string().openapi({ example: 'C-35434' }),
    tareKg: z.number(),
    measured: z.boolean().openapi({ description: 'true when a weighbridge weighed it empty' }),
  })
  .openapi('Container');

const isWholeGrams = (kg: number) => Math.abs(kg * 1000 - Math.round(kg * 1000)) < 1e-6;
/** Kilograms that are whole grams. */
const tareKgSchema = z
  .number()
  .min(0, 'must not be negative')
  .max(MAX_GRAMS / 1000)
  .refine(isWholeGrams, 'must have at most three decimals: the gram is the smallest unit');
const newContainerSchema = z
  .strictObject({
    id: containerIdSchema,
    tareKg: tareKgSchema,
  })
  .openapi('NewContainer');

const create = defineRoute({
  method: 'post',
  path: '/containers',
  'x-permission': 'containers.write',
  summary: 'Register a container with its tare',
  request: { headers: idempotencyHeader, body: jsonBody(newContainerSchema) },
  responses: {
    201: jsonAnswer('registered', containerSchema),
    409: problemAnswer('this container is registered already'),
    ...refusals,
  },
});

const newTareSchema = z
  .strictObject({
    tareKg: tareKgSchema,
    validFrom: instantSchema.optional().openapi({ description: 'left out: from now on' }),
  })
  .openapi('NewTare');

const changeTare = defineRoute({
  method: 'put',
  path: '/containers/{id}/tare',
  'x-permission': 'containers.write',
  summary: 'Set the tare of a container, from now on or from an instant to come',
  request: {
    params: z.object({ id: containerIdSchema }),
    headers: ifMatchHeader,
    body: jsonBody(newTareSchema),
  },
  responses: {
    200: jsonAnswer('the container, with the tare that holds now', containerSchema),
    404: problemAnswer('no such container'),
    ...matchRefusals,
    ...refusals,
  },
});

const list = defineRoute({
  method: 'get',
  path: '/containers',
  'x-permission': 'containers.read',
  summary: 'Containers, by id: all, or those with a part of an id',
  request: { query: pageQueryOf(containerIdSchema).extend({ search: searchSchema }) },
  responses: { 200: jsonAnswer('a page', pageOf(containerSchema)), ...refusals },
});

const one = defineRoute({
  method: 'get',
  path: '/containers/{id}',
  'x-permission': 'containers.read',
  summary: 'One container',
  request: { params: z.object({ id: containerIdSchema }) },
  responses: {
    200: jsonAnswer('the container', containerSchema),
    404: problemAnswer('no such container'),
    ...refusals,
  },
});

const containerOf = (row: { id: string; tare_g: number; entry_uuid: string | null }) => ({
  id: row.id,
  tareKg: kgOf(row.tare_g),
  measured: row.entry_uuid !== null,
});

export function containerRoutes({ db, clock }: RegistryParts) {
  return makeRouter()
    .openapi(create, async (c) => {
      const body = c.req.valid('json');
      const key = c.req.valid('header')['idempotency-key'];
      const done = await createOnce({ db, clock, route: 'POST /containers', key, body }, async (trx) => {
        await lockMasterData(trx);
        const known = await trx
          .selectFrom('containers')
          .select('id')
          .where('id', '=', body.id)
          .executeTakeFirst();
        if (known !== undefined) return { kind: 'taken' as const };
        const tare = { container: body.id, tareG: Math.round(body.tareKg * 1000), entryUuid: null };
        await setTare(trx, { ...tare, validFrom: isoInstant(clock.now()) }, clock);
        return { kind: 'created' as const, body: { ...body, measured: false } };
      });
      if (done.kind === 'created') return c.json(done.body, 201, { etag: etagOf(1) });
      if (done.kind === 'key_reused') return answerKeyReused(c);
      return answerProblem(c, 409, {
        code: 'container-taken',
        title: 'Container registered already',
        detail: `container ${body.id} is registered already`,
      });
    })
    .openapi(changeTare, async (c) => {
      const { id } = c.req.valid('param');
      const { tareKg, validFrom } = c.req.valid('json');
      const now = isoInstant(clock.now());
      if (validFrom !== undefined && validFrom < now) {
        return answerInvalid(c, [{ path: 'validFrom', message: 'is in the past; leave it out for now' }]);
      }
      const row = await db.transaction().execute(async (trx) => {
        await lockMasterData(trx);
        const known = await trx
          .selectFrom('containers')
          .select('version')
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst();
        if (known === undefined) return undefined;
        const fault = matchFaultOf(c.req.valid('header')['if-match'], known.version);
        if (fault !== null) return fault;
        const tare = { container: id, tareG: Math.round(tareKg * 1000), entryUuid: null };
        await setTare(trx, { ...tare, validFrom: validFrom ?? now }, clock);
        return containersAt(trx, now).where('containers.id', '=', id).executeTakeFirstOrThrow();
      });
      if (row === undefined) return answerUnknown(c, `container ${id}`);
      if ('kind' in row) return answerMatchFault(c, row);
      return c.json(containerOf(row), 200, { etag: etagOf(row.version) });
    })
    .openapi(list, async (c) => {
      const { limit, cursor, search } = c.req.valid('query');
      const rows = await containersAt(db, isoInstant(clock.now()))
        .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
        .$if(search !== undefined, (query) => query.where('id', 'ilike', likePatternOf(search ?? '')))
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
      const row = await containersAt(db, isoInstant(clock.now())).where('id', '=', id).executeTakeFirst();
      if (row === undefined) return answerUnknown(c, `container ${id}`);
      return c.json(containerOf(row), 200, { etag: etagOf(row.version) });
    });
}
