import { z } from '@hono/zod-openapi';
import { isoInstant, type MakeId, plainTextSchema, truckIdSchema } from '@weighgate/protocol';
import { recordChange } from '../audit/record-change.ts';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerInvalid, answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { type FindContradicting, mergeProviders } from './merge-providers.ts';
import { mergeTrucks } from './merge-trucks.ts';
import { providerIdSchema, providerSchema } from './provider-routes.ts';
import type { RegistryParts } from './registry-parts.ts';
import { truckSchema, truckViewOf } from './truck-view.ts';

const reasonSchema = plainTextSchema(500);

const mergeProvider = defineRoute({
  method: 'post',
  path: '/providers/{id}/merge',
  'x-permission': 'providers.write',
  summary: 'Say that a provider is another one, under whose id everything goes on',
  description:
    'Nothing that was written changes. The id keeps standing for the other provider, what is not billed yet goes on its bills, and asking twice does it once.',
  request: {
    params: z.object({ id: providerIdSchema }),
    body: jsonBody(
      z.strictObject({ into: z.int().positive(), reason: reasonSchema }).openapi('ProviderMerge'),
    ),
  },
  responses: {
    200: jsonAnswer('the provider that both are', providerSchema),
    404: problemAnswer('no such provider'),
    409: problemAnswer('both have bills of one time, or one of the two was merged into another before'),
    ...refusals,
  },
});

const mergeTruck = defineRoute({
  method: 'post',
  path: '/trucks/{id}/merge',
  'x-permission': 'trucks.write',
  summary: 'Say that a truck is another one, so that its plate stands for that one',
  request: {
    params: z.object({ id: truckIdSchema }),
    body: jsonBody(z.strictObject({ into: truckIdSchema, reason: reasonSchema }).openapi('TruckMerge')),
  },
  responses: {
    200: jsonAnswer('the truck that both are', truckSchema),
    404: problemAnswer('no such truck'),
    409: problemAnswer('the two had different owners at one time'),
    ...refusals,
  },
});

export interface MergeParts extends RegistryParts {
  makeId: MakeId;
  findContradicting: FindContradicting;
}

export function mergeRoutes(parts: MergeParts) {
  const { db, clock } = parts;
  return makeRouter()
    .openapi(mergeProvider, async (c) => {
      const { id } = c.req.valid('param');
      const { into, reason } = c.req.valid('json');
      const by = callerOf(c);
      const done = await db.transaction().execute(async (trx) => {
        const merge = { merged: id, into, reason, mergedBy: by.name };
        const outcome = await mergeProviders(trx, merge, parts);
        if (outcome.kind !== 'merged') return outcome;
        if (outcome.isNew) {
          const subject = { kind: 'provider', id };
          const change = {
            by,
            action: 'provider.merged',
            subject,
            before: null,
            after: { into },
            why: reason,
          };
          await recordChange(trx, change, parts);
        }
        const provider = await trx
          .selectFrom('providers')
          .select(['id', 'name', 'status'])
          .where('id', '=', into)
          .executeTakeFirstOrThrow();
        return { kind: 'merged' as const, provider };
      });
      switch (done.kind) {
        case 'merged':
          return c.json(done.provider, 200);
        case 'itself':
          return answerInvalid(c, [{ path: 'into', message: 'must be another provider' }]);
        case 'unknown':
          return answerUnknown(c, `provider ${done.id}`);
        case 'elsewhere':
          return answerProblem(c, 409, {
            code: 'provider-merged',
            title: 'Provider merged',
            detail: `provider ${done.id} is provider ${done.now} now: use that one`,
          });
        case 'bills_contradict':
          return answerProblem(c, 409, {
            code: 'bills-contradict',
            title: 'Bills of one time',
            detail: `both have bills of the same time (${done.numbers.join(', ')}), and one provider cannot have two; credit those of one of them first`,
          });
      }
    })
    .openapi(mergeTruck, async (c) => {
      const { id } = c.req.valid('param');
      const { into, reason } = c.req.valid('json');
      const by = callerOf(c);
      const done = await db.transaction().execute(async (trx) => {
        const merge = { merged: id, into, reason, mergedBy: by.name };
        const outcome = await mergeTrucks(trx, merge, clock);
        if (outcome.kind !== 'merged') return outcome;
        if (outcome.isNew) {
          const subject = { kind: 'truck', id };
          const change = {
            by,
            action: 'truck.merged',
            subject,
            before: null,
            after: { truck: into },
            why: reason,
          };
          await recordChange(trx, change, parts);
        }
        return {
          kind: 'merged' as const,
          view: await truckViewOf(trx, outcome.truck, isoInstant(clock.now())),
        };
      });
      switch (done.kind) {
        case 'merged':
          return c.json(done.view, 200);
        case 'unknown':
          return answerUnknown(c, `truck ${done.plate}`);
        case 'owners_differ':
          return answerProblem(c, 409, {
            code: 'owners-differ',
            title: 'Different owners',
            detail: `truck ${id} had an owner at a time when ${into} had another one, or none; say first who owned them when`,
          });
      }
    });
}
