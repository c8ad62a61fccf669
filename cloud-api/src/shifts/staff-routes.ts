import { z } from '@hono/zod-openapi';
import { type Clock, isoInstant, type MakeId, plainTextSchema, uuidSchema } from '@weighgate/protocol';
import { sql } from 'kysely';
import { recordChange } from '../audit/record-change.ts';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { answerInvalid, answerProblem, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';
import { flagParameter, windowParameters } from './shift-parameters.ts';

const staffSchema = z
  .object({
    name: z.string(),
    employee_id: z.string(),
    role: z.enum(['weigher', 'supervisor', 'admin']),
    id: z.int(),
    created_at: z.string(),
    is_active: z.boolean(),
    kiosk_operator_id: z
      .string()
      .nullable()
      .openapi({ description: 'who this is at the kiosk; null: no weighing names them' }),
  })
  .openapi('ShiftOperator');

const add = defineRoute({
  method: 'post',
  path: '/shifts/operators',
  'x-permission': 'operators.write',
  summary: 'Add somebody who has shifts',
  request: {
    headers: idempotencyHeader,
    body: jsonBody(
      z
        .strictObject({
          name: plainTextSchema(100),
          employee_id: plainTextSchema(50),
          role: z.enum(['weigher', 'supervisor', 'admin']).default('weigher'),
          kiosk_operator_id: uuidSchema.nullable().default(null),
        })
        .openapi('NewShiftOperator'),
    ),
  },
  responses: {
    201: jsonAnswer('added', staffSchema),
    400: problemAnswer('somebody has this employee id, or is this operator already'),
    409: problemAnswer('the idempotency key belongs to another body'),
    ...refusals,
  },
});

const list = defineRoute({
  method: 'get',
  path: '/shifts/operators',
  'x-permission': 'shifts.read',
  summary: 'Who has shifts, by name',
  request: {
    query: z.strictObject({ active_only: flagParameter(true), ...windowParameters(500, 500) }),
  },
  responses: {
    200: jsonAnswer('operators', z.object({ operators: z.array(staffSchema), total: z.int() })),
    ...refusals,
  },
});

export function staffRoutes(parts: { db: Db; clock: Clock; makeId: MakeId }) {
  const { db, clock } = parts;
  return makeRouter()
    .openapi(add, async (c) => {
      const body = c.req.valid('json');
      const key = c.req.valid('header')['idempotency-key'];
      const by = callerOf(c);
      const done = await createOnce(
        { db, clock, route: 'POST /shifts/operators', key, body },
        async (trx) => {
          const { name, employee_id, role, kiosk_operator_id: operatorId } = body;
          if (operatorId !== null) {
            const known = await trx
              .selectFrom('operators')
              .select('operator_id')
              .where('operator_id', '=', operatorId)
              .union(
                trx
                  .selectFrom('operator_accounts')
                  .select('operator_id')
                  .where('operator_id', '=', operatorId),
              )
              .executeTakeFirst();
            if (known === undefined) return { kind: 'unknown_operator' as const };
          }
          const row = await trx
            .insertInto('shift_staff')
            .values({
              name,
              employee_id,
              role,
              operator_id: operatorId,
              created_at: isoInstant(clock.now()),
            })
            .onConflict((conflict) => conflict.doNothing())
            .returningAll()
            .executeTakeFirst();
          if (row === undefined) return { kind: 'taken' as const };
          const view = viewOf(row);
          const subject = { kind: 'operator', id: `shift ${row.staff_id}` };
          await recordChange(
            trx,
            { by, action: 'shift_operator.added', subject, before: null, after: view },
            parts,
          );
          return { kind: 'created' as const, body: view };
        },
      );
      switch (done.kind) {
        case 'created':
          return c.json(done.body, 201);
        case 'key_reused':
          return answerKeyReused(c);
        case 'unknown_operator':
          return answerInvalid(c, [{ path: 'kiosk_operator_id', message: 'is no operator of a kiosk' }]);
        case 'taken':
          return answerProblem(c, 400, {
            code: 'shift-operator-taken',
            title: 'Taken',
            detail: `somebody has the employee id "${body.employee_id}" already, or is this operator of the kiosk`,
          });
      }
    })
    .openapi(list, async (c) => {
      const { active_only, limit, offset } = c.req.valid('query');
      const rows = await db
        .selectFrom('shift_staff')
        .selectAll()
        .select(sql<number>`count(*) over ()`.as('total'))
        .$if(active_only, (query) => query.where('is_active', '=', true))
        .orderBy('name')
        .orderBy('staff_id')
        .limit(limit)
        .offset(offset)
        .execute();
      return c.json({ operators: rows.map(viewOf), total: rows[0]?.total ?? 0 }, 200);
    });
}

function viewOf(row: {
  staff_id: number;
  name: string;
  employee_id: string;
  role: 'weigher' | 'supervisor' | 'admin';
  is_active: boolean;
  operator_id: string | null;
  created_at: Date;
}): z.infer<typeof staffSchema> {
  return {
    name: row.name,
    employee_id: row.employee_id,
    role: row.role,
    id: row.staff_id,
    created_at: isoInstant(row.created_at.getTime()),
    is_active: row.is_active,
    kiosk_operator_id: row.operator_id,
  };
}
