import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { Refusal } from '../weighing/refusal.ts';
import type { SessionDesk } from '../weighing/session-desk.ts';
import { actorOf } from './actor.ts';
import { problem } from './problem.ts';
import { readBody, readValue } from './read-body.ts';
import { refusalProblem } from './refusal-problem.ts';
import { idempotencyHeaderSchema, weighBodySchema } from './weigh-body.ts';
import { weighingAnswer } from './weighing-answer.ts';

/** Refusals about the request are 400; refusals about what stands on the deck are 409: asked again later they may pass. */
const badRequests: readonly Refusal['code'][] = [
  'session_open',
  'no_open_session',
  'truck_missing',
  'scale_missing',
  'unknown_scale',
];

/** `POST /api/weight/weight`: one weighing. */
export function weighHandler(desk: SessionDesk, log: Logger) {
  return async (c: Context) => {
    const text = await c.req.text();
    const body = readBody(text, weighBodySchema);
    if (!body.ok) return problem(c, body.problem);
    const header = readValue({ 'Idempotency-Key': c.req.header('idempotency-key') }, idempotencyHeaderSchema);
    if (!header.ok) return problem(c, header.problem);
    const key = header.value['Idempotency-Key'];
    const { direction, scale, truck, produce, containers } = body.value;
    const outcome = actorOf(c).act(() =>
      desk.weigh({
        direction: direction === 'none' ? 'single' : direction,
        scaleId: scale,
        truck,
        produce,
        containers,
        idempotency:
          key === undefined ? null : { key, requestDigest: createHash('sha256').update(text).digest('hex') },
      }),
    );
    switch (outcome.kind) {
      case 'recorded':
        if (!outcome.repeated) log.info({ ticketNo: outcome.entry.body.ticketNo, truck }, outcome.entry.kind);
        return c.json(weighingAnswer(outcome.entry));
      case 'refused':
        return refusalProblem(
          c,
          { status: badRequests.includes(outcome.refusal.code) ? 400 : 409, title: 'Not weighed' },
          outcome.refusal,
        );
      case 'key_reused':
        return problem(c, {
          status: 422,
          code: 'idempotency_key_reused',
          title: 'Key used before',
          detail: 'This Idempotency-Key was used for another request. Use a new key for a new weighing.',
        });
    }
  };
}
