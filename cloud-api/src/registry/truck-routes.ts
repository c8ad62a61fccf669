import { z } from '@hono/zod-openapi';
import { isoInstant, truckIdSchema } from '@weighgate/protocol';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { answerMatchFault, etagOf, ifMatchHeader, matchRefusals } from '../http/if-match.ts';
import { instantParameter } from '../http/instant.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerInvalid, answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { findTruck } from './find-truck.ts';
import { findTrucks } from './find-trucks.ts';
import { providerIdSchema } from './provider-routes.ts';
import { reassignTruck } from './reassign-truck.ts';
import { registerTruck } from './register-truck.ts';
import type { RegistryParts } from './registry-parts.ts';
import { searchSchema } from './search-text.ts';
import { truckSchema, truckViewOf } from './truck-view.ts';

const listedTruckSchema = truckSchema.pick({ id: true, providerId: true }).openapi('ListedTruck');

/** Bodies of changes that hold from an instant on. @param timeZone see {@link instantParameter} */
const newTruckSchema = (timeZone: string) =>
  z
    .strictObject({
      id: truckIdSchema,
      providerId: z.int().positive(),
      ownedFrom: instantParameter(timeZone).optional().openapi({
        description:
          'left out: whatever the truck delivered before it was registered is this provider’s, too',
      }),
    })
    .openapi('NewTruck');

const create = (timeZone: string) =>
  defineRoute({
    method: 'post',
    path: '/trucks',
    'x-permission': 'trucks.write',
    summary: 'Register a truck with its owner',
    request: { headers: idempotencyHeader, body: jsonBody(newTruckSchema(timeZone)) },
    responses: {
      201: jsonAnswer('registered', truckSchema),
      409: problemAnswer('this truck is registered already, however its plate was typed'),
      ...refusals,
    },
  });

const changedTruckSchema = (timeZone: string) =>
  z
    .strictObject({
      providerId: z.int().positive(),
      ownedFrom: instantParameter(timeZone).optional().openapi({ description: 'left out: from now on' }),
    })
    .openapi('ChangedTruck');

const change = (timeZone: string) =>
  defineRoute({
    method: 'put',
    path: '/trucks/{id}',
    'x-permission': 'trucks.write',
    summary: 'Give a truck another owner from an instant on; deliveries that name their provider keep it',
    request: {
      params: z.object({ id: truckIdSchema }),
      headers: ifMatchHeader,
      body: jsonBody(changedTruckSchema(timeZone)),
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
  summary: 'Trucks, by id: all, those of a provider, or those with a part of a plate',
  request: {
    query: pageQueryOf(truckIdSchema).extend({
      search: searchSchema,
      providerId: providerIdSchema.optional(),
    }),
  },
  responses: { 200: jsonAnswer('a page', pageOf(listedTruckSchema)), ...refusals },
});

const one = defineRoute({
  method: 'get',
  path: '/trucks/{id}',
  'x-permission': 'trucks.read',
  summary: 'One truck, by any of its plates, typed in any way',
  request: { params: z.object({ id: truckIdSchema }) },
  responses: { 200: jsonAnswer('the truck', truckSchema), 404: problemAnswer('no such truck'), ...refusals },
});

export function truckRoutes({ db, clock, timeZone }: RegistryParts) {
  const now = () => isoInstant(clock.now());
  return makeRouter()
    .openapi(create(timeZone), async (c) => {
      const body = c.req.valid('json');
      const { id, providerId, ownedFrom } = body;
      const key = c.req.valid('header')['idempotency-key'];
      const done = await createOnce({ db, clock, route: 'POST /trucks', key, body }, async (trx) => {
        const wish = { plate: id, providerId, ownedFrom: textOf(ownedFrom), saidBy: callerOf(c).name };
        const registered = await registerTruck(trx, wish, clock);
        if (registered.kind !== 'registered') return registered;
        return { kind: 'created' as const, body: await truckViewOf(trx, registered.truck, now()) };
      });
      switch (done.kind) {
        case 'created': {
          const truck = await findTruck(db, id);
          return c.json(done.body, 201, truck === undefined ? {} : { etag: etagOf(truck.version) });
        }
        case 'key_reused':
          return answerKeyReused(c);
        case 'unknown_provider':
          return answerInvalid(c, [{ path: 'providerId', message: `there is no provider ${providerId}` }]);
        case 'taken':
          return answerProblem(c, 409, {
            code: 'truck-taken',
            title: 'Truck registered already',
            detail: `truck ${id} is registered already; blanks, dashes and case make no difference`,
          });
      }
    })
    .openapi(change(timeZone), async (c) => {
      const { id } = c.req.valid('param');
      const { providerId, ownedFrom } = c.req.valid('json');
      const done = await db.transaction().execute(async (trx) => {
        const wish = { plate: id, providerId, ownedFrom: textOf(ownedFrom), saidBy: callerOf(c).name };
        const ifMatch = c.req.valid('header')['if-match'];
        const reassigned = await reassignTruck(trx, { ...wish, ifMatch }, clock);
        if (reassigned.kind !== 'reassigned') return reassigned;
        return { ...reassigned, view: await truckViewOf(trx, reassigned.truck, now()) };
      });
      switch (done.kind) {
        case 'reassigned':
          return c.json(done.view, 200, { etag: etagOf(done.truck.version) });
        case 'unknown_truck':
          return answerUnknown(c, `truck ${id}`);
        case 'not_matched':
          return answerMatchFault(c, done.fault);
        case 'unknown_provider':
          return answerInvalid(c, [{ path: 'providerId', message: `there is no provider ${providerId}` }]);
      }
    })
    .openapi(list, async (c) => {
      const { limit, cursor, search, providerId } = c.req.valid('query');
      const rows = await findTrucks(db, { search, providerId, at: now(), after: cursor, limit: limit + 1 });
      return c.json(
        pageFrom(rows, limit, ({ id }) => id),
        200,
      );
    })
    .openapi(one, async (c) => {
      const { id } = c.req.valid('param');
      const truck = await findTruck(db, id);
      if (truck === undefined) return answerUnknown(c, `truck ${id}`);
      return c.json(await truckViewOf(db, truck, now()), 200, { etag: etagOf(truck.version) });
    });
}

const textOf = (wallMs: number | undefined) => (wallMs === undefined ? null : isoInstant(wallMs));
