import type { Context } from 'hono';
import type { GivenWeight } from '../weighing/manual-weight.ts';
import { actingPersonsOf } from './acting-persons.ts';
import { actorOf, notPermitted } from './actor.ts';
import type { AskedWeight } from './manual-weight-fields.ts';
import type { PinCheck } from './pin-check.ts';
import { problem } from './problem.ts';

/** A manual weight that may be put on record, or the answer to whoever may not. */
export type GivenWeightOutcome = { ok: true; given: GivenWeight } | { ok: false; response: Response };

/** Asks the site and two people whether a weight may be given by hand, and by whom this one is. */
export async function givenWeight(
  c: Context,
  { operator, secondBy, secondPin, ...asked }: AskedWeight,
  { allowed }: { allowed: boolean },
  pins: PinCheck,
): Promise<GivenWeightOutcome> {
  if (!allowed) {
    const detail = 'This site takes no weights by hand. It is a setting of the agent: manualWeights.allowed.';
    return {
      ok: false,
      response: problem(c, { status: 403, code: 'manual_weights_off', title: 'Not permitted', detail }),
    };
  }
  const actor = actorOf(c);
  if (!actor.may('manual_weight')) return { ok: false, response: notPermitted(c, 'manual_weight') };
  const signedIn = actor.operator?.name;
  if (operator !== null && operator !== signedIn)
    return { ok: false, response: refused(c, `must be left out: ${signedIn} is signed in`) };
  const persons = await actingPersonsOf(c, { secondBy, secondPin }, pins, 'Not weighed');
  if (persons.kind === 'answered') return { ok: false, response: persons.response };
  return { ok: true, given: { ...asked, operator: persons.by, secondBy: persons.secondBy } };
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
