import { z } from '@hono/zod-openapi';
import { truckIdSchema } from '@weighgate/protocol';
import type { Context } from 'hono';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { answerMatchFault, ifMatchHeader, matchRefusals } from '../http/if-match.ts';
import { instantParameter, monthStartOf } from '../http/instant.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { answerInvalid, answerProblem, problemAnswer, refusals } from '../http/problem.ts';
import { type AppEnv, makeRouter } from '../http/router.ts';
import { addProvider } from './add-provider.ts';
import { changeProvider } from './change-provider.ts';
import { findTruck } from './find-truck.ts';
import { providerNameSchema } from './provider-name.ts';
import { reassignTruck } from './reassign-truck.ts';
import { registerTruck } from './register-truck.ts';
import type { RegistryParts } from './registry-parts.ts';
import { MAX_TRUCK_SESSIONS, truckItemOf, truckItemSchema } from './truck-item.ts';

/** The registry as callers of the Gan Shmuel system know it: its paths, its keys, its status codes, its words. */

const providerBody = jsonBody(z.strictObject({ name: providerNameSchema }).openapi('GanShmuelProviderName'));
const providerSchema = z
  .object({ id: z.int().openapi({ example: 10001 }), name: z.string() })
  .openapi('GanShmuelProvider');
const providerPath = z.object({
  id: z
    .string()
    .regex(/^-?\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .openapi({ type: 'integer' }),
});

const providerIdSchema = z.int().positive();
const ownedBody = z.strictObject({ provider_id: providerIdSchema }).openapi('GanShmuelOwner');
const newTruckBody = z
  .strictObject({ id: truckIdSchema, provider_id: providerIdSchema })
  .openapi('GanShmuelNewTruck');
const truckSchema = z.object({ id: z.string(), provider_id: z.int() }).openapi('GanShmuelTruck');
const truckPath = z.object({ id: truckIdSchema });

const createProvider = defineRoute({
  method: 'post',
  path: '/provider',
  'x-permission': 'providers.write',
  summary: 'Register a provider, as in Gan Shmuel',
  request: { headers: idempotencyHeader, body: providerBody },
  responses: {
    201: jsonAnswer('registered', providerSchema),
    409: problemAnswer('there is a provider of this name'),
    ...refusals,
  },
});

const renameProvider = defineRoute({
  method: 'put',
  path: '/provider/{id}',
  'x-permission': 'providers.write',
  summary: 'Rename a provider, as in Gan Shmuel; If-Match may be left out',
  request: { params: providerPath, headers: ifMatchHeader, body: providerBody },
  responses: {
    200: jsonAnswer('as it is now', providerSchema),
    404: problemAnswer('no such provider'),
    409: problemAnswer('there is another provider of this name'),
    ...matchRefusals,
    ...refusals,
  },
});

const putTruck = defineRoute({
  method: 'post',
  path: '/truck',
  'x-permission': 'trucks.write',
  summary: 'Register a truck, or give a registered one to another provider from now on, as in Gan Shmuel',
  request: { headers: idempotencyHeader, body: jsonBody(newTruckBody) },
  responses: {
    201: jsonAnswer('registered', truckSchema),
    404: problemAnswer('no such provider'),
    409: problemAnswer('the Idempotency-Key was used for something else'),
    ...refusals,
  },
});

const changeTruck = defineRoute({
  method: 'put',
  path: '/truck/{id}',
  'x-permission': 'trucks.write',
  summary: 'Give a truck to another provider from now on, as in Gan Shmuel; If-Match may be left out',
  request: { params: truckPath, headers: ifMatchHeader, body: jsonBody(ownedBody) },
  responses: {
    200: jsonAnswer('as it is now', truckSchema),
    404: problemAnswer('no such truck, or no such provider'),
    ...matchRefusals,
    ...refusals,
  },
});

const oneTruck = (timeZone: string) =>
  defineRoute({
    method: 'get',
    path: '/truck/{id}',
    'x-permission': 'trucks.read',
    summary: 'A truck, its last known tare and its sessions, as in Gan Shmuel',
    description: `Sessions weighed in from the first of this month until now, or as asked; at most ${MAX_TRUCK_SESSIONS}.`,
    request: {
      params: truckPath,
      query: z.strictObject({
        from: instantParameter(timeZone).optional(),
        to: instantParameter(timeZone).optional().openapi({
          description: 'exclusive; given as yyyymmddhhmmss it names a second, which is in it to its end',
        }),
      }),
    },
    responses: {
      200: jsonAnswer('the truck', truckItemSchema),
      404: problemAnswer('no such truck'),
      ...refusals,
    },
  });

export function ganShmuelRoutes({ db, clock, timeZone }: RegistryParts) {
  return makeRouter()
    .openapi(createProvider, async (c) => {
      const body = c.req.valid('json');
      const key = c.req.valid('header')['idempotency-key'];
      const done = await createOnce({ db, clock, route: 'POST /provider', key, body }, async (trx) => {
        const added = await addProvider(trx, body.name, clock);
        if (added.kind === 'name_taken') return added;
        const { id, name } = added.provider;
        return { kind: 'created' as const, body: { id, name } };
      });
      if (done.kind === 'key_reused') return answerKeyReused(c);
      return done.kind === 'created' ? c.json(done.body, 201) : answerNameTaken(c);
    })
    .openapi(renameProvider, async (c) => {
      const { id } = c.req.valid('param');
      const { name } = c.req.valid('json');
      const ifMatch = c.req.valid('header')['if-match'] ?? '*';
      const done = await db
        .transaction()
        .execute((trx) => changeProvider(trx, { id, name, status: undefined, ifMatch }, clock));
      switch (done.kind) {
        case 'changed':
          return c.json({ id, name: done.provider.name }, 200);
        case 'not_matched':
          return answerMatchFault(c, done.fault);
        case 'name_taken':
          return answerNameTaken(c);
        case 'merged':
        case 'unknown':
          return answerNotFound(c, 'Provider not found');
      }
    })
    .openapi(putTruck, async (c) => {
      const body = c.req.valid('json');
      const { id, provider_id: providerId } = body;
      const key = c.req.valid('header')['idempotency-key'];
      const said = { plate: id, providerId, ownedFrom: null, saidBy: callerOf(c).name };
      const done = await createOnce({ db, clock, route: 'POST /truck', key, body }, async (trx) => {
        const registered = await registerTruck(trx, said, clock);
        const put =
          registered.kind === 'taken'
            ? await reassignTruck(trx, { ...said, ifMatch: '*' }, clock)
            : registered;
        if (put.kind !== 'registered' && put.kind !== 'reassigned')
          return { kind: 'unknown_provider' as const };
        return { kind: 'created' as const, body: { id: put.truck.id, provider_id: put.providerId } };
      });
      if (done.kind === 'key_reused') return answerKeyReused(c);
      return done.kind === 'created' ? c.json(done.body, 201) : answerNotFound(c, 'Provider not found');
    })
    .openapi(changeTruck, async (c) => {
      const { id: plate } = c.req.valid('param');
      const { provider_id: providerId } = c.req.valid('json');
      const ifMatch = c.req.valid('header')['if-match'] ?? '*';
      const said = { plate, providerId, ownedFrom: null, saidBy: callerOf(c).name, ifMatch };
      const done = await db.transaction().execute((trx) => reassignTruck(trx, said, clock));
      switch (done.kind) {
        case 'reassigned':
          return c.json({ id: done.truck.id, provider_id: done.providerId }, 200);
        case 'not_matched':
          return answerMatchFault(c, done.fault);
        case 'unknown_truck':
          return answerNotFound(c, 'Truck not found');
        case 'unknown_provider':
          return answerNotFound(c, 'Provider not found');
      }
    })
    .openapi(oneTruck(timeZone), async (c) => {
      const { id } = c.req.valid('param');
      const { from = monthStartOf(clock.now(), timeZone), to = clock.now() } = c.req.valid('query');
      const truck = await findTruck(db, id);
      if (truck === undefined) return answerNotFound(c, 'Truck not found');
      const toMs = /^\d{14}$/.test(c.req.query('to') ?? '') ? to + 1_000 : to;
      const item = await truckItemOf(db, truck, { fromMs: from, toMs });
      if (item.kind === 'found') return c.json(item.view, 200);
      const message = `more than ${MAX_TRUCK_SESSIONS} sessions of this truck; ask for a shorter time`;
      return answerInvalid(c, [{ path: 'from', message }]);
    });
}

function answerNotFound(c: Context<AppEnv>, detail: string) {
  return answerProblem(c, 404, { code: 'not-found', title: 'Not found', detail });
}

function answerNameTaken(c: Context<AppEnv>) {
  return answerProblem(c, 409, {
    code: 'provider-name-taken',
    title: 'Name taken',
    detail: 'Provider name must be unique',
  });
}
