import type { Context } from 'hono';
import type { GivenWeight } from '../weighing/manual-weight.ts';
import { actorOf, notPermitted } from './actor.ts';
import type { AskedWeight } from './manual-weight-fields.ts';
import { problem } from './problem.ts';

/** A manual weight that may be put on record, or the answer to whoever may not. */
export type GivenWeightOutcome = { ok: true; given: GivenWeight } | { ok: false; response: Response };

/** Asks the site and the actor whether a weight may be given by hand, and by whom this one is. */
export function givenWeight(
  c: Context,
  { operator, ...asked }: AskedWeight,
  { allowed }: { allowed: boolean },
): GivenWeightOutcome {
  if (!allowed) {
    const detail = 'This site takes no weights by hand. It is a setting of the agent: manualWeights.allowed.';
    return {
      ok: false,
      response: problem(c, { status: 403, code: 'manual_weights_off', title: 'Not permitted', detail }),
    };
  }
  const actor = actorOf(c);
  if (!actor.may('manual_weight')) return { ok: false, response: notPermitted(c, 'manual_weight') };
  const signedIn = actor.operator?.name ?? null;
  if (operator !== null && signedIn !== null && operator !== signedIn)
    return { ok: false, response: refused(c, `must be left out: ${signedIn} is signed in`) };
  const name = operator ?? signedIn;
  if (name === null)
    return { ok: false, response: refused(c, 'is missing: a weight given by hand names who gave it') };
  return { ok: true, given: { ...asked, operator: name } };
}

function refused(c: Context, message: string): Response {
  return problem(c, {
    status: 422,
    code: 'invalid_request',
    title: 'Invalid request',
    detail: `operator: ${message}`,
    errors: [{ path: 'operator', message }],
  });
}
