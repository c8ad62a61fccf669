import {
  containersSchema,
  type MakeId,
  personNameSchema,
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
import type { PinCheck } from './pin-check.ts';
import { problem } from './problem.ts';
import { readBody } from './read-body.ts';
import { refusalProblem } from './refusal-problem.ts';
import { sessionAnswer } from './weighing-answer.ts';

/** Body of `POST /api/weight/session/{id}/void`. `clone` says what the new session has otherwise; `{}` for nothing. */
const voidBodySchema = z.strictObject({
  reason: plainTextSchema(200),
  /** Needed from a program; an operator who is signed in acts under their own name. */
  by: personNameSchema.nullish(),
  secondBy: personNameSchema.nullish(),
  /** The second person's PIN, where the first is signed in. */
  secondPin: z
    .string()
    .regex(/^\d{1,12}$/, 'must be digits')
    .nullish(),
  clone: z
    .strictObject({
      truck: truckIdSchema.optional(),
      produce: produceIdSchema.nullish(),
      containers: containersSchema.optional(),
    })
    .nullish(),
});

export interface VoidRouteParts {
  store: Pick<Store, 'sessions' | 'voids'>;
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
    const body = readBody(await c.req.text(), voidBodySchema);
    if (!body.ok) return problem(c, body.problem);
    const { reason, by = null, secondBy: second = null, secondPin = null, clone = null } = body.value;
    const persons = await actingPersonsOf(c, { by, secondBy: second, secondPin }, pins);
    if (persons.kind === 'answered') return persons.response;
    const { by: first, secondBy } = persons;
    const outcome = actorOf(c).act(() =>
      voidSession({ sessionId: c.req.param('id'), reason, by: first, secondBy, clone }, store.voids, makeId),
    );
    if (outcome.kind === 'refused') {
      const status = outcome.refusal.code === 'session_unknown' ? 404 : 409;
      return refusalProblem(c, { status, title: 'Not voided' }, outcome.refusal);
    }
    const { sessionId, clone: opened } = outcome.entry.body;
    log.info({ sessionId, by: first, secondBy }, outcome.entry.kind);
    const answerOf = (id: string) => {
      const session = store.sessions.session(id);
      return session === undefined ? null : sessionAnswer(session);
    };
    return c.json({
      voided: answerOf(sessionId),
      clone: opened === null ? null : answerOf(opened.sessionId),
    });
  });

  return routes;
}
