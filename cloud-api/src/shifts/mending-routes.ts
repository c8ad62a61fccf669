import { z } from '@hono/zod-openapi';
import { plainTextSchema } from '@weighgate/protocol';
import { recordChange } from '../audit/record-change.ts';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { idempotencyHeader } from '../http/idempotent.ts';
import { answerMatchFault, etagOf, ifMatchHeader, matchFaultOf, matchRefusals } from '../http/if-match.ts';
import { instantParameter } from '../http/instant.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { onceOf } from '../http/once-of.ts';
import { answerProblem, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { correctShift } from './correct-shift.ts';
import { forceCloseShift, readShift } from './end-shift.ts';
import { answerAtKiosk, answerNoShift, answerTimeFault } from './shift-answers.ts';
import { notesSchema, numberParameter } from './shift-parameters.ts';
import type { ShiftParts } from './shift-routes.ts';
import { readShiftRules } from './shift-rules.ts';
import type { ShiftRow } from './shift-span.ts';
import { shiftSchema, shiftViewOf } from './shift-view.ts';

const params = z.strictObject({ id: numberParameter });
const rulesSchema = z
  .strictObject({
    max_length_minutes: z.int().min(60).max(2_880),
    statistics_ttl_s: z.int().min(0).max(3_600),
  })
  .openapi('ShiftRules');

const forceClose = (timeZone: string) =>
  defineRoute({
    method: 'post',
    path: '/shifts/{id}/force-close',
    'x-permission': 'shifts.write',
    summary: 'End a shift in the operator’s place, as of when it really ended',
    request: {
      params,
      body: jsonBody(
        z
          .strictObject({
            end_time: instantParameter(timeZone).optional(),
            reason: plainTextSchema(500),
            notes: notesSchema,
          })
          .openapi('ShiftForceClose'),
      ),
    },
    responses: {
      200: jsonAnswer('ended', shiftSchema),
      404: problemAnswer('no such shift is active'),
      409: problemAnswer('it belongs to a kiosk, or that cannot have been its time'),
      ...refusals,
    },
  });

const correct = (timeZone: string) =>
  defineRoute({
    method: 'post',
    path: '/shifts/{id}/corrections',
    'x-permission': 'shifts.write',
    summary: 'Say how a shift that is over really was; what was written before is kept',
    request: {
      params,
      headers: idempotencyHeader,
      body: jsonBody(
        z
          .strictObject({
            start_time: instantParameter(timeZone).optional(),
            end_time: instantParameter(timeZone).optional(),
            notes: notesSchema,
            reason: plainTextSchema(500),
          })
          .openapi('ShiftCorrection'),
      ),
    },
    responses: {
      201: jsonAnswer('as it is now', shiftSchema),
      404: problemAnswer('no such shift'),
      409: problemAnswer('it is still open, overlaps another, or that cannot have been its time'),
      ...refusals,
    },
  });

const readRules = defineRoute({
  method: 'get',
  path: '/rules',
  'x-permission': 'shifts.read',
  summary: 'Rules that shifts keep',
  responses: { 200: jsonAnswer('the rules', rulesSchema), ...refusals },
});

const putRules = defineRoute({
  method: 'put',
  path: '/rules',
  'x-permission': 'shifts.write',
  summary: 'Change the rules that shifts keep from now on',
  request: { headers: ifMatchHeader, body: jsonBody(rulesSchema) },
  responses: { 200: jsonAnswer('as they are now', rulesSchema), ...matchRefusals, ...refusals },
});

/** What supervisors do about shifts that were forgotten or written down wrongly, and the rules. */
export function mendingRoutes(parts: ShiftParts & { timeZone: string }) {
  const { db, clock, counter, timeZone } = parts;
  const viewOf = async (row: ShiftRow) =>
    shiftViewOf(
      row,
      (await counter.statisticsOf(row)).count?.sessions ?? null,
      await readShiftRules(db),
      clock.now(),
    );
  const rules = () =>
    db
      .selectFrom('shift_rules')
      .select(['max_length_minutes', 'statistics_ttl_s', 'version'])
      .executeTakeFirstOrThrow();
  return makeRouter()
    .openapi(forceClose(timeZone), async (c) => {
      const { id } = c.req.valid('param');
      const { end_time: endedMs = clock.now(), reason, notes = null } = c.req.valid('json');
      const done = await forceCloseShift(id, { endedMs, why: reason, notes }, callerOf(c), parts);
      if (done.kind === 'ended') return c.json(await viewOf(done.row), 200);
      if (done.kind === 'at_kiosk') return answerAtKiosk(c, done.device);
      if (done.kind === 'time_fault') return answerTimeFault(c, done.fault);
      return answerNoShift(c, 'Active shift not found');
    })
    .openapi(correct(timeZone), async (c) => {
      const { id } = c.req.valid('param');
      const { start_time: openedMs, end_time: closedMs, notes, reason } = c.req.valid('json');
      const wish = { openedMs, closedMs, notes, why: reason };
      const once = onceOf(c, 'POST /shifts/corrections', { id, ...wish }, { db, clock });
      const done = await correctShift(id, wish, callerOf(c), once, parts);
      switch (done.kind) {
        case 'created':
          return c.json(await viewOf(await readShift(db, done.body.shiftId)), 201);
        case 'key_reused':
          return answerKeyReused(c);
        case 'unknown':
          return answerNoShift(c, 'Shift not found');
        case 'time_fault':
          return answerTimeFault(c, done.fault);
        case 'still_open':
          return answerProblem(c, 409, {
            code: 'shift-still-open',
            title: 'Shift still open',
            detail: 'end it first; how it was is only known then',
          });
        case 'overlaps':
          return answerProblem(c, 409, {
            code: 'shift-overlaps',
            title: 'Shifts overlap',
            detail: `it would overlap shift ${done.number} of the same operator`,
          });
      }
    })
    .openapi(readRules, async (c) => {
      const { version, ...said } = await rules();
      return c.json(said, 200, { etag: etagOf(version) });
    })
    .openapi(putRules, async (c) => {
      const wish = c.req.valid('json');
      const done = await db.transaction().execute(async (trx) => {
        const now = await trx.selectFrom('shift_rules').selectAll().forUpdate().executeTakeFirstOrThrow();
        const fault = matchFaultOf(c.req.valid('header')['if-match'], now.version);
        if (fault !== null) return fault;
        const row = await trx
          .updateTable('shift_rules')
          .set(wish)
          .returning(['max_length_minutes', 'statistics_ttl_s', 'version'])
          .executeTakeFirstOrThrow();
        const { max_length_minutes, statistics_ttl_s } = now;
        const before = { max_length_minutes, statistics_ttl_s };
        const change = { subject: { kind: 'setting', id: 'shift_rules' }, before, after: wish };
        await recordChange(trx, { by: callerOf(c), action: 'shift_rules.changed', ...change }, parts);
        return row;
      });
      if ('kind' in done) return answerMatchFault(c, done);
      const { version, ...said } = done;
      return c.json(said, 200, { etag: etagOf(version) });
    });
}
