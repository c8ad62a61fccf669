import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { KeptAnswers } from '../store/kept-answers.ts';
import type { Refusal } from '../weighing/refusal.ts';
import type { SessionDesk } from '../weighing/session-desk.ts';
import { actorOf, notPermitted } from './actor.ts';
import { givenWeight } from './given-weight.ts';
import { idempotencyOf, keyReused, withoutPin } from './idempotency.ts';
import type { PinCheck } from './pin-check.ts';
import { problem } from './problem.ts';
import { readBody } from './read-body.ts';
import { refusalProblem } from './refusal-problem.ts';
import { weighBodySchema } from './weigh-body.ts';
import { weighingAnswer } from './weighing-answer.ts';

/** Refusals about the request are 400; refusals about what stands on the deck are 409: asked again later they may pass. */
const badRequests: readonly Refusal['code'][] = [
  'session_open',
  'no_open_session',
  'truck_missing',
  'scale_missing',
  'unknown_scale',
];

/** A manual weight above the maximum will not pass later: it is the request that is wrong. */
function statusOf({ code }: Refusal, isManual: boolean): 400 | 409 {
  return badRequests.includes(code) || (isManual && code === 'above_maximum') ? 400 : 409;
}

export interface WeighHandlerParts {
  manualWeights: { allowed: boolean };
  keptAnswers: KeptAnswers;
  pins: PinCheck;
  log: Logger;
}

/** `POST /api/weight/weight`: one weighing, of what stands on the deck or of what a person says. */
export function weighHandler(
  desk: SessionDesk,
  { manualWeights, keptAnswers, pins, log }: WeighHandlerParts,
) {
  return async (c: Context) => {
    const text = await c.req.text();
    const body = readBody(text, weighBodySchema);
    if (!body.ok) return problem(c, body.problem);
    const idempotency = idempotencyOf(c, withoutPin(text));
    if (!idempotency.ok) return problem(c, idempotency.problem);
    if (idempotency.value !== null && keptAnswers.isKept(idempotency.value.key)) return keyReused(c);
    const {
      direction,
      scale,
      truck,
      produce,
      provider,
      containers,
      force,
      purpose,
      manual,
      useStoredTare,
      confirmExpiredTare,
    } = body.value;
    if (force && direction === 'in' && !actorOf(c).may('supersede')) return notPermitted(c, 'supersede');
    const given = manual === undefined ? undefined : await givenWeight(c, manual, manualWeights, pins);
    if (given?.ok === false) return given.response;
    const outcome = actorOf(c).act(() =>
      desk.weigh({
        direction: direction === 'none' ? 'single' : direction,
        scaleId: scale,
        truck,
        produce,
        provider: provider ?? undefined,
        containers,
        force,
        purpose,
        useStoredTare: useStoredTare
          ? { attended: actorOf(c).operator !== null, confirmExpired: confirmExpiredTare }
          : undefined,
        manual: given?.given,
        idempotency: idempotency.value,
      }),
    );
    switch (outcome.kind) {
      case 'recorded':
        if (!outcome.repeated) log.info({ ticketNo: outcome.entry.body.ticketNo, truck }, outcome.entry.kind);
        return c.json(weighingAnswer(outcome.entry));
      case 'refused':
        return refusalProblem(
          c,
          { status: statusOf(outcome.refusal, given !== undefined), title: 'Not weighed' },
          outcome.refusal,
        );
      case 'key_reused':
        return keyReused(c);
    }
  };
}
