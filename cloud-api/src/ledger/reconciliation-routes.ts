import { z } from '@hono/zod-openapi';
import type { Clock, MakeId } from '@weighgate/protocol';
import { defineRoute } from '../http/define-route.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';
import { reconcile, reconcileRows } from './reconcile.ts';

const rowSchema = z
  .object({
    providerId: z.int().nullable(),
    produce: z.string().nullable(),
    deliveredG: z.string(),
    billedG: z.string(),
    noOwnerG: z.string(),
    noProduceG: z.string(),
    noRateG: z.string(),
    toCreditG: z.string(),
    pendingG: z.string(),
    pendingNetCount: z.int(),
    differenceG: z.string(),
  })
  .openapi('ReconciledRow');

const run = defineRoute({
  method: 'post',
  path: '/reconciliations',
  'x-permission': 'bills.issue',
  summary: 'Add up now what was delivered, billed and is still to be billed; a difference raises an alarm',
  responses: {
    200: jsonAnswer(
      'what came of it',
      z
        .object({
          id: z.string(),
          reconciledAt: z.string(),
          rowCount: z.int(),
          differences: z.int(),
          different: z.array(rowSchema),
        })
        .openapi('Reconciliation'),
    ),
    ...refusals,
  },
});

const rows = defineRoute({
  method: 'get',
  path: '/reconciliation',
  'x-permission': 'bills.read',
  summary: 'For every provider and produce, what was delivered and where it is now',
  responses: { 200: jsonAnswer('the rows', z.object({ rows: z.array(rowSchema) })), ...refusals },
});

export function reconciliationRoutes(parts: { db: Db; clock: Clock; makeId: MakeId }) {
  return makeRouter()
    .openapi(run, async (c) => c.json(await reconcile(parts.db, null, parts), 200))
    .openapi(rows, async (c) => c.json({ rows: await reconcileRows(parts.db) }, 200));
}
