import { OpenAPIHono } from '@hono/zod-openapi';
import { answerInvalid, fieldErrorsOf } from './problem.ts';

/** What the middleware puts on every request. */
export interface AppEnv {
  Variables: { requestId: string };
}

/** A router whose routes answer 422 naming the fields when a request does not fit its schema. */
export function makeRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result, c) => (result.success ? undefined : answerInvalid(c, fieldErrorsOf(result.error))),
  });
}
