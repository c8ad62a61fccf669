import { kgOf } from '@weighgate/protocol';
import { type Context, Hono } from 'hono';
import type { Store } from '../store/open-store.ts';
import type { ShiftReport } from '../store/shifts.ts';
import { actorOf, notPermitted } from './actor.ts';
import { answerOnce, askedWith, idempotencyOf, jsonText } from './idempotency.ts';
import { problem } from './problem.ts';

/** `POST /shift`, `POST /shift/{id}/close`, `GET /shift/{id}`. */
export function shiftRoutes({ shifts, keptAnswers }: Pick<Store, 'shifts' | 'keptAnswers'>) {
  return new Hono()
    .post('/shift', (c) => {
      const { operator } = actorOf(c);
      if (operator === null) {
        return problem(c, {
          status: 403,
          code: 'operator_missing',
          title: 'Not opened',
          detail: 'A shift is a person’s. Sign in with your PIN first.',
        });
      }
      const idempotency = idempotencyOf(c, askedWith(c, operator.operatorId));
      if (!idempotency.ok) return problem(c, idempotency.problem);
      const once = answerOnce(c, keptAnswers, idempotency.value, () => {
        const { kind, shift } = shifts.open(operator);
        if (kind === 'opened') return { made: shift };
        const refused = problem(c, {
          status: 409,
          code: 'shift_open',
          title: 'Not opened',
          detail: `You have a shift open since ${shift.openedAt}. Close it first.`,
          shiftId: shift.shiftId,
        });
        return { refused };
      });
      return once.ok ? jsonText(c, once.text, 201) : once.response;
    })
    .post('/shift/:id/close', (c) => {
      const actor = actorOf(c);
      const shift = shifts.report(c.req.param('id'));
      if (shift === undefined) return unknownShift(c);
      const isOwn = actor.operator?.operatorId === shift.operatorId;
      if (!isOwn && !actor.may('close_other_shift')) return notPermitted(c, 'close_other_shift');
      const closed = shifts.close(shift.shiftId, actor.operator?.name ?? shift.operator);
      if (closed !== undefined) return c.json(reportAnswer(closed));
      return problem(c, {
        status: 409,
        code: 'shift_closed',
        title: 'Not closed',
        detail: `This shift was closed at ${shift.closedAt}.`,
      });
    })
    .get('/shift/:id', (c) => {
      const report = shifts.report(c.req.param('id'));
      return report === undefined ? unknownShift(c) : c.json(reportAnswer(report));
    });
}

/** A shift report in kilograms. */
function reportAnswer({ counts, ...shift }: ShiftReport) {
  const produce = counts.produce.map(({ produce: name, netG }) => ({ produce: name, netKg: kgOf(netG) }));
  return { ...shift, ...counts, produce };
}

function unknownShift(c: Context): Response {
  return problem(c, {
    status: 404,
    code: 'shift_unknown',
    title: 'Not found',
    detail: 'There is no such shift here.',
  });
}
