import assert from 'node:assert/strict';
import type { Stamp, Uuid } from '@weighgate/protocol';
import type { Context, MiddlewareHandler } from 'hono';
import type { Store } from '../store/open-store.ts';
import type { Operator } from '../store/operators.ts';
import { isPermitted, type Permission, type Role } from '../weighing/permission.ts';
import { problem } from './problem.ts';

/** Who makes a request: a signed-in operator, or a program with the key of the agent. */
export interface Actor {
  role: Role;
  /** Null for a program. */
  operator: { operatorId: Uuid; name: string } | null;
  /** Runs `work`, which does not wait; the entries it appends say who acted and in which shift. */
  act<T>(work: () => T): T;
  /** Whether the actor may; an operator who may not leaves an entry. */
  may(permission: Permission): boolean;
}

type ActorStore = Pick<Store, 'journal' | 'shifts'>;

/** A program with the key of the agent: what it does is stamped as unattended. */
export function machineActor({ journal }: ActorStore): Actor {
  return {
    role: 'machine',
    operator: null,
    act: (work) => journal.stamped({ operator: null, shiftId: null }, work),
    may: (permission) => isPermitted('machine', permission),
  };
}

export function operatorActor({ operatorId, name, role }: Operator, { journal, shifts }: ActorStore): Actor {
  const stampOf = (): Stamp => ({ operator: name, shiftId: shifts.activeOf(operatorId)?.shiftId ?? null });
  return {
    role,
    operator: { operatorId, name },
    act: (work) => journal.stamped(stampOf(), work),
    may: (permission) => {
      if (isPermitted(role, permission)) return true;
      const { shiftId } = stampOf();
      journal.commit(() =>
        journal.append({ kind: 'permission.refused', body: { permission, operator: name, shiftId } }),
      );
      return false;
    },
  };
}

/** The actor of a request that `authorize` let through. */
export function actorOf(c: Context): Actor {
  const actor: Actor | undefined = c.get('actor');
  assert(actor !== undefined, 'a route without authorize before it has no actor');
  return actor;
}

/** Answers 403 to whoever may not. */
export function requirePermission(permission: Permission): MiddlewareHandler {
  return async (c, next) => (actorOf(c).may(permission) ? next() : notPermitted(c, permission));
}

/** The answer to whoever may not. */
export function notPermitted(c: Context, permission: Permission): Response {
  const { role } = actorOf(c);
  const who = role === 'machine' ? 'A program with the key of the agent' : `A ${role}`;
  return problem(c, {
    status: 403,
    code: 'not_permitted',
    title: 'Not permitted',
    detail: `${who} may not do this (${permission}). Ask a supervisor to sign in.`,
    permission,
  });
}
