import type { Context } from 'hono';
import { answerProblem } from './problem.ts';
import type { AppEnv } from './router.ts';

/** Answers 422 for an Idempotency-Key that came before with another body. */
export function answerKeyReused(c: Context<AppEnv>) {
  return answerProblem(c, 422, {
    code: 'idempotency-key-reused',
    title: 'Idempotency-Key reused',
    detail: 'this Idempotency-Key came before with another body; use a new key for a new request',
    errors: [{ path: 'idempotency-key', message: 'came before with another body' }],
  });
}
