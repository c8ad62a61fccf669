import { operatorNameSchema, pinSchema } from '@weighgate/protocol';
import { type Context, Hono } from 'hono';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Store } from '../store/open-store.ts';
import { actorOf, requirePermission } from './actor.ts';
import { bearerOf } from './authorize.ts';
import type { PinCheck, PinOutcome } from './pin-check.ts';
import { problem } from './problem.ts';
import { readBody } from './read-body.ts';
import type { SignInTokens } from './sign-in-tokens.ts';

export interface SignInParts {
  store: Pick<Store, 'operators' | 'shifts'>;
  pins: PinCheck;
  tokens: SignInTokens;
  log: Logger;
}

const signInBodySchema = z.strictObject({
  operator: operatorNameSchema,
  pin: pinSchema,
});

/** What is asked before anybody is signed in: who there is, and the PIN. */
export function signInRoutes({ store, pins, tokens, log }: SignInParts) {
  return new Hono()
    .get('/operators', (c) => c.json({ operators: store.operators.names() }))
    .post('/sign-in', async (c) => {
      const body = readBody(await c.req.text(), signInBodySchema);
      if (!body.ok) return problem(c, body.problem);
      const outcome = await pins.check(body.value.operator, body.value.pin);
      if (outcome.kind !== 'right') {
        log.warn({ operator: body.value.operator, outcome: outcome.kind }, 'sign_in.refused');
        return pinProblem(c, outcome);
      }
      const { operatorId, name, role } = outcome.operator;
      const { token, idleTimeoutMs } = tokens.issue(operatorId);
      log.info({ operator: name }, 'operator.signed_in');
      const shiftId = store.shifts.activeOf(operatorId)?.shiftId ?? null;
      return c.json({ token, operator: name, role, idleTimeoutMs, shiftId });
    });
}

/** What an operator does who is signed in. */
export function signedInRoutes({ store, tokens, log }: SignInParts) {
  return new Hono()
    .post('/sign-out', (c) => {
      tokens.revoke(bearerOf(c.req.header('authorization')) ?? '');
      return c.json({ signedOut: true });
    })
    .post('/operators/:name/unblock', requirePermission('unblock'), (c) => {
      const by = actorOf(c).operator;
      const operator = store.operators.named(c.req.param('name'));
      if (operator === undefined || by === null) {
        return problem(c, {
          status: 404,
          code: 'operator_unknown',
          title: 'Not found',
          detail: 'There is no operator of this name.',
        });
      }
      if (operator.operatorId === by.operatorId) {
        return problem(c, {
          status: 409,
          code: 'same_person',
          title: 'Not unblocked',
          detail: 'Nobody unblocks themselves. Ask another supervisor.',
        });
      }
      store.operators.unblock(operator.operatorId, by.name);
      log.info({ operator: operator.name, by: by.name }, 'operator.unblocked');
      return c.json({ operator: operator.name, blocked: false });
    });
}

/** The answer to a PIN that was not right or not looked at. */
export function pinProblem(c: Context, outcome: Exclude<PinOutcome, { kind: 'right' }>): Response {
  switch (outcome.kind) {
    case 'wrong':
      return problem(c, {
        status: 401,
        code: 'pin_wrong',
        title: 'Not signed in',
        detail: 'Name and PIN do not belong together.',
      });
    case 'wait': {
      const waitS = Math.ceil(outcome.waitMs / 1000);
      c.header('retry-after', String(waitS));
      return problem(c, {
        status: 429,
        code: 'pin_wait',
        title: 'Not signed in',
        detail: `The last PIN was wrong. Try again in ${waitS} s.`,
        waitS,
      });
    }
    case 'not_valid':
      return problem(c, {
        status: 403,
        code: 'operator_not_valid',
        title: 'Not signed in',
        detail:
          'This operator may not work here now: the days are over, or the cloud was not heard of for 30 days. Ask a supervisor who was added at this weighbridge.',
      });
    case 'blocked':
      return problem(c, {
        status: 403,
        code: 'operator_blocked',
        title: 'Blocked',
        detail: 'Too many wrong PINs. A supervisor has to unblock this operator.',
      });
  }
}
