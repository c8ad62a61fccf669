import {
  containersSchema,
  type MakeId,
  personNameSchema,
  pinSchema,
  plainTextSchema,
  produceIdSchema,
  truckIdSchema,
} from '@weighgate/protocol';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Store } from '../store/open-store.ts';
import { voidSession } from '../weighing/void-session.ts';
import { actingPersonsOf } from './acting-persons.ts';
import { actorOf, requirePermission } from './actor.ts';
import { answerOnce, askedWith, idempotencyOf, jsonText, withoutPin } from './idempotency.ts';
import type { PinCheck } from './pin-check.ts';
import { problem } from './problem.ts';
import { readBody } from './read-body.ts';
import { refusalProblem } from './refusal-problem.ts';
import { sessionAnswer } from './weighing-answer.ts';

/** Body of `POST /api/weight/session/{id}/void`. `clone` says what the new session has otherwise; `{}` for nothing. */
const voidBodySchema = z.strictObject({
  reason: plainTextSchema(200),
  secondBy: personNameSchema.nullish(),
  secondPin: pinSchema.nullish(),
  clone: z
    .strictObject({
      truck: truckIdSchema.optional(),
      produce: produceIdSchema.nullish(),
      containers: containersSchema.optional(),
    })
    .nullish(),
});

export interface VoidRouteParts {
  store: Pick<Store, 'sessions' | 'voids' | 'keptAnswers'>;
  pins: PinCheck;
  makeId: MakeId;
  log: Logger;
}

/** Voiding a session, and the list of sessions whose net is not there yet. To be mounted at `/api/weight`. */
export function voidRoutes({ store, pins, makeId, log }: VoidRouteParts) {
  const routes = new Hono();

  routes.get('/sessions/pending', (c) =>
    c.json({ sessions: store.sessions.pendingSessions().map(sessionAnswer) }),
  );

  routes.post('/session/:id/void', requirePermission('void'), async (c) => {
    const text = await c.req.text();
    const body = readBody(text, voidBodySchema);
    if (!body.ok) return problem(c, body.problem);
    const idempotency = idempotencyOf(c, askedWith(c, withoutPin(text)));
    if (!idempotency.ok) return problem(c, idempotency.problem);
    const { reason, secondBy: second = null, secondPin = null, clone = null } = body.value;
    const sessionId = c.req.param('id');
    if (store.voids.sessionToVoid(sessionId) === undefined)
      return refusalProblem(c, { status: 404, title: 'Not voided' }, { code: 'session_unknown', sessionId });
    const persons = await actingPersonsOf(c, { secondBy: second, secondPin }, pins, 'Not voided');
    if (persons.kind === 'answered') return persons.response;
    const { by, secondBy } = persons;
    const once = actorOf(c).act(() =>
      answerOnce(c, store.keptAnswers, idempotency.value, () => {
        const outcome = voidSession({ sessionId, reason, by, secondBy, clone }, store.voids, makeId);
        if (outcome.kind === 'refused')
          return { refused: refusalProblem(c, { status: 409, title: 'Not voided' }, outcome.refusal) };
        const opened = outcome.entry.body.clone;
        return {
          made: { voided: answerOf(sessionId), clone: opened === null ? null : answerOf(opened.sessionId) },
        };
      }),
    );
    if (!once.ok) return once.response;
    log.info({ sessionId, by, secondBy }, 'session.voided');
    return jsonText(c, once.text);
  });

  function answerOf(id: string) {
    const session = store.sessions.session(id);
    return session === undefined ? null : sessionAnswer(session);
  }

  return routes;
}
