import { z } from '@hono/zod-openapi';
import type { Clock, MakeId } from '@weighgate/protocol';
import { sql } from 'kysely';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { answerProblem, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';
import { endShift } from './end-shift.ts';
import { answerAtKiosk, answerNoShift, answerTimeFault } from './shift-answers.ts';
import { flagParameter, notesSchema, numberParameter, windowParameters } from './shift-parameters.ts';
import { readShiftRules } from './shift-rules.ts';
import type { ShiftRow } from './shift-span.ts';
import type { ShiftCounter } from './shift-statistics.ts';
import { shiftSchema, shiftViewOf, statisticsSchema, statisticsViewOf } from './shift-view.ts';
import { startShift } from './start-shift.ts';

/** What the routes of shifts work with. */
export interface ShiftParts {
  db: Db;
  clock: Clock;
  makeId: MakeId;
  counter: ShiftCounter;
}

const params = z.strictObject({ id: numberParameter });

const start = defineRoute({
  method: 'post',
  path: '/shifts/start',
  'x-permission': 'shifts.write',
  summary: 'Begin a shift of an operator',
  request: {
    headers: idempotencyHeader,
    body: jsonBody(
      z
        .strictObject({
          operator_id: z.int().nonnegative(),
          shift_type: z.enum(['morning', 'afternoon', 'night']),
        })
        .openapi('NewShift'),
    ),
  },
  responses: {
    201: jsonAnswer('begun', shiftSchema),
    400: problemAnswer('the operator has an active shift'),
    404: problemAnswer('no such operator, or not active'),
    409: problemAnswer('the idempotency key belongs to another body'),
    ...refusals,
  },
});

const end = defineRoute({
  method: 'post',
  path: '/shifts/{id}/end',
  'x-permission': 'shifts.write',
  summary: 'End an active shift now',
  request: { params, body: jsonBody(z.strictObject({ notes: notesSchema }).openapi('ShiftEnd')) },
  responses: {
    200: jsonAnswer('ended', shiftSchema),
    404: problemAnswer('no such shift is active'),
    409: problemAnswer('it belongs to a kiosk, or was forgotten and is longer than a shift may be'),
    ...refusals,
  },
});

const list = defineRoute({
  method: 'get',
  path: '/shifts',
  'x-permission': 'shifts.read',
  summary: 'Shifts of the kiosks and of the cloud, the newest first',
  request: {
    query: z.strictObject({
      operator_id: numberParameter.optional(),
      active_only: flagParameter(false),
      ...windowParameters(50, 100),
    }),
  },
  responses: {
    200: jsonAnswer('shifts', z.object({ shifts: z.array(shiftSchema), total: z.int() })),
    ...refusals,
  },
});

const one = defineRoute({
  method: 'get',
  path: '/shifts/{id}',
  'x-permission': 'shifts.read',
  summary: 'One shift',
  request: { params },
  responses: { 200: jsonAnswer('the shift', shiftSchema), 404: problemAnswer('no such shift'), ...refusals },
});

const statistics = defineRoute({
  method: 'get',
  path: '/shifts/{id}/statistics',
  'x-permission': 'shifts.read',
  summary: 'What was done in a shift, counted from the ledger, and what may still be missing',
  request: { params },
  responses: {
    200: jsonAnswer('the figures', statisticsSchema),
    404: problemAnswer('no such shift'),
    ...refusals,
  },
});

export function shiftRoutes(parts: ShiftParts) {
  const { db, clock, counter } = parts;
  const viewOf = async (row: ShiftRow) => {
    const rules = await readShiftRules(db);
    return shiftViewOf(row, (await counter.statisticsOf(row)).count?.sessions ?? null, rules, clock.now());
  };
  const find = (number: number) =>
    db.selectFrom('known_shifts').selectAll().where('number', '=', number).executeTakeFirst();
  return makeRouter()
    .openapi(start, async (c) => {
      const body = c.req.valid('json');
      const key = c.req.valid('header')['idempotency-key'];
      const wish = { staffId: body.operator_id, shiftType: body.shift_type };
      const rules = await readShiftRules(db);
      const done = await createOnce({ db, clock, route: 'POST /shifts/start', key, body }, async (trx) => {
        const started = await startShift(trx, wish, callerOf(c), parts);
        if (started.kind !== 'created') return started;
        // Nothing was weighed in it yet; of who signs in at no kiosk nothing can be counted.
        const sessions = started.body.operator_id === null ? null : 0;
        return { kind: 'created', body: shiftViewOf(started.body, sessions, rules, clock.now()) };
      });
      switch (done.kind) {
        case 'created':
          return c.json(done.body, 201);
        case 'key_reused':
          return answerKeyReused(c);
        case 'unknown_operator':
          return answerProblem(c, 404, {
            code: 'not-found',
            title: 'Not found',
            detail: 'Operator not found or inactive',
          });
        case 'has_active_shift': {
          const where = done.device === null ? '' : ` at the kiosk of ${done.device}`;
          const detail = `Operator already has an active shift: ${done.number}${where}`;
          return answerProblem(c, 400, { code: 'active-shift', title: 'Active shift', detail });
        }
      }
    })
    .openapi(end, async (c) => {
      const { id } = c.req.valid('param');
      const { notes = null } = c.req.valid('json');
      const done = await endShift(id, { notes }, callerOf(c), parts);
      if (done.kind === 'ended') return c.json(await viewOf(done.row), 200);
      if (done.kind === 'at_kiosk') return answerAtKiosk(c, done.device);
      if (done.kind === 'time_fault') return answerTimeFault(c, done.fault);
      return answerNoShift(c, 'Active shift not found');
    })
    .openapi(list, async (c) => {
      const { operator_id, active_only, limit, offset } = c.req.valid('query');
      const rows = await db
        .selectFrom('known_shifts')
        .selectAll()
        .select(sql<number>`count(*) over ()`.as('total'))
        .$if(operator_id !== undefined, (query) => query.where('staff_id', '=', operator_id ?? 0))
        .$if(active_only, (query) => query.where('closed_at', 'is', null))
        .orderBy('opened_at', 'desc')
        .orderBy('number', 'desc')
        .limit(limit)
        .offset(offset)
        .execute();
      const shifts = [];
      for (const row of rows) shifts.push(await viewOf(row));
      return c.json({ shifts, total: rows[0]?.total ?? 0 }, 200);
    })
    .openapi(one, async (c) => {
      const row = await find(c.req.valid('param').id);
      return row === undefined ? answerNoShift(c, 'Shift not found') : c.json(await viewOf(row), 200);
    })
    .openapi(statistics, async (c) => {
      const row = await find(c.req.valid('param').id);
      if (row === undefined) return answerNoShift(c, 'Shift not found');
      return c.json(statisticsViewOf(row, await counter.statisticsOf(row)), 200);
    });
}
