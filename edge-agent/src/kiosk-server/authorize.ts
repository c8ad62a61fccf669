import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { Store } from '../store/open-store.ts';
import { type Actor, machineActor, operatorActor } from './actor.ts';
import { problem } from './problem.ts';
import type { SignInTokens } from './sign-in-tokens.ts';

export interface AuthorizeParts {
  /** The key of the agent, for programs. */
  apiKey: string;
  tokens: SignInTokens;
  store: Pick<Store, 'journal' | 'shifts' | 'operators'>;
}

/**
 * Lets through who sends `Authorization: Bearer KEY`, KEY being that of the agent or the token of a signed-in operator;
 * anyone else gets 401. Says who it is as the request's actor.
 */
export function authorize(parts: AuthorizeParts): MiddlewareHandler {
  return async (c, next) => {
    const offered = bearerOf(c.req.header('authorization'));
    const actor = offered === undefined ? undefined : actorWith(offered, parts);
    if (actor !== undefined) {
      c.set('actor', actor);
      return next();
    }
    c.header('www-authenticate', 'Bearer');
    return problem(c, {
      status: 401,
      code: 'unauthorized',
      title: 'Not signed in',
      detail:
        'Sign in with your PIN, or send the header "Authorization: Bearer KEY" with the key of this agent.',
    });
  };
}

/** What follows `Bearer` in the header. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer (.{1,256})$/.exec(header ?? '')?.[1];
}

function actorWith(offered: string, { apiKey, tokens, store }: AuthorizeParts): Actor | undefined {
  if (isSame(offered, apiKey)) return machineActor(store);
  const operatorId = tokens.operatorIdOf(offered);
  const operator = operatorId === undefined ? undefined : store.operators.byId(operatorId);
  return operator === undefined || operator.blocked || !operator.valid
    ? undefined
    : operatorActor(operator, store);
}

/** Compares digests, so that the time taken says nothing about the key. */
function isSame(offered: string, apiKey: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(offered), digest(apiKey));
}
