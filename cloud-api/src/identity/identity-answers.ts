import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { answerInvalid, answerProblem, problemAnswer } from '../http/problem.ts';
import type { AppEnv } from '../http/router.ts';
import type { Tokens } from './start-session.ts';

/** A password as it is sent: bounded before it is hashed. Whether it is a good one is told elsewhere. */
export const sentPasswordSchema = z.string().min(1).max(512);
/** A user's name: an address of e-mail or any other short line. */
export const userNameSchema = z
  .string()
  .trim()
  .min(3, 'must have at least 3 characters')
  .max(100, 'must have at most 100 characters')
  .regex(/^[\p{L}\p{N}@._+ -]+$/u, 'must be letters, digits, blanks and @ . _ + -');
export const codeSchema = z
  .string()
  .min(6)
  .max(40)
  .openapi({ description: 'of the app, or a recovery code' });

export const tokensSchema = z
  .object({
    accessToken: z.string(),
    refreshToken: z.string(),
    expiresInS: z.int(),
    sessionId: z.string(),
  })
  .openapi('Tokens');

/** What every sign-in, refresh and password route may answer. */
export const signInRefusals = {
  401: problemAnswer('wrong name, password, code or token; it is not said which'),
  422: problemAnswer('the request is not valid; `errors` names the fields'),
  429: problemAnswer('too many failures; Retry-After says how long to wait'),
  500: problemAnswer('something went wrong on our side'),
  503: problemAnswer('too many sign-ins at once; try again'),
};

export function answerTokens(c: Context<AppEnv>, tokens: Tokens) {
  c.header('cache-control', 'no-store');
  return c.json(tokens, 200);
}

export function answerWait(c: Context<AppEnv>, waitMs: number) {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  c.header('retry-after', String(seconds));
  return answerProblem(c, 429, {
    code: 'too-many-failures',
    title: 'Too many failures',
    detail: `too many sign-ins failed; try again in ${seconds} seconds`,
  });
}

export function answerBusy(c: Context<AppEnv>) {
  c.header('retry-after', '2');
  return answerProblem(c, 503, {
    code: 'busy',
    title: 'Busy',
    detail: 'too many people sign in at this moment; try again in a few seconds',
  });
}

export function answerBadToken(c: Context<AppEnv>) {
  return answerProblem(c, 401, {
    code: 'token-refused',
    title: 'Token refused',
    detail: 'this token is not known, was used before, or has expired',
  });
}

/** What came of setting a password. */
export function answerPasswordFault(c: Context<AppEnv>, message: string, path = 'password') {
  return answerInvalid(c, [{ path, message }]);
}
