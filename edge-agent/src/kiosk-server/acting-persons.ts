import type { Context } from 'hono';
import { isPermitted } from '../weighing/permission.ts';
import { actorOf, notPermitted } from './actor.ts';
import type { PinCheck } from './pin-check.ts';
import { problem } from './problem.ts';
import { pinProblem } from './sign-in-routes.ts';

/** Names as a request gives them. */
export interface GivenPersons {
  by: string | null;
  secondBy: string | null;
  secondPin: string | null;
}

/** Who acts, and who agreed, or the answer to a request that does not show it. */
export type ActingPersons =
  | { kind: 'shown'; by: string; secondBy: string | null }
  | { kind: 'answered'; response: Response };

/**
 * Who acts and who is the second person. A signed-in operator acts under their own name, and the second person shows
 * with a PIN that it is they. A program with the key of the agent is believed: whoever it serves, it signed in.
 */
export async function actingPersonsOf(
  c: Context,
  { by, secondBy, secondPin }: GivenPersons,
  pins: PinCheck,
): Promise<ActingPersons> {
  const { operator } = actorOf(c);
  if (operator === null) {
    if (by !== null) return { kind: 'shown', by, secondBy };
    return answered(
      problem(c, {
        status: 422,
        code: 'invalid_request',
        title: 'Invalid request',
        detail: 'by: is missing',
        errors: [{ path: 'by', message: 'is missing' }],
      }),
    );
  }
  if (secondBy === null) return { kind: 'shown', by: operator.name, secondBy: null };
  const outcome = await pins.check(secondBy, secondPin ?? '');
  if (outcome.kind !== 'right') return answered(pinProblem(c, outcome));
  if (!isPermitted(outcome.operator.role, 'second_person')) return answered(notPermitted(c, 'second_person'));
  return { kind: 'shown', by: operator.name, secondBy: outcome.operator.name };
}

function answered(response: Response): ActingPersons {
  return { kind: 'answered', response };
}
