import type { OperatorRole, Refusal } from '@weighgate/protocol';
import type { Context } from 'hono';
import { isPairPermitted } from '../weighing/permission.ts';
import { actorOf, notPermitted } from './actor.ts';
import type { PinCheck } from './pin-check.ts';
import { refusalProblem } from './refusal-problem.ts';
import { pinProblem } from './sign-in-routes.ts';

/** The second person as a request gives them. */
export interface GivenSecondPerson {
  secondBy: string | null;
  secondPin: string | null;
}

/** Who acts and who agreed, by the names they are kept under, or the answer to a request that does not show it. */
export type ActingPersons =
  | { kind: 'shown'; by: string; secondBy: string }
  | { kind: 'answered'; response: Response };

/**
 * Two people who are known: one is signed in, the other shows with a PIN that it is they. No name is believed that
 * nobody has shown, so a program with the key of the agent is never one of them.
 * @param title of the answer to a request that does not show two
 */
export async function actingPersonsOf(
  c: Context,
  { secondBy, secondPin }: GivenSecondPerson,
  pins: PinCheck,
  title: string,
): Promise<ActingPersons> {
  const { operator, role } = actorOf(c);
  if (operator === null || role === 'machine') return answered(notPermitted(c, 'second_person'));
  const refused = (refusal: Refusal) => answered(refusalProblem(c, { status: 409, title }, refusal));
  if (secondBy === null) return refused({ code: 'second_person_missing' });
  const outcome = await pins.check(secondBy, secondPin ?? '');
  if (outcome.kind !== 'right') return answered(pinProblem(c, outcome));
  const second: { operatorId: string; name: string; role: OperatorRole } = outcome.operator;
  if (second.operatorId === operator.operatorId) return refused({ code: 'same_person', by: operator.name });
  if (!isPairPermitted(role, second.role)) return answered(notPermitted(c, 'second_person'));
  return { kind: 'shown', by: operator.name, secondBy: second.name };
}

function answered(response: Response): ActingPersons {
  return { kind: 'answered', response };
}
