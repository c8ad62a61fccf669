import type { HttpBindings } from '@hono/node-server';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Caller } from './caller.ts';
import { answerInvalid, fieldErrorsOf } from './problem.ts';

/** What the middleware puts on every request. */
export interface AppEnv {
  /** The request as Node has it; absent where the app is asked without a socket. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** Where the request comes from: the socket, or what a trusted proxy said. */
    clientAddress: string;
    /** Who asks, where somebody was let in; left out on routes that are open to everybody. */
    caller?: Caller;
    /** Of this answer alone; inline code of a page carries it. */
    nonce: string;
  };
}

/** A router whose routes answer 422 naming the fields when a request does not fit its schema. */
export function makeRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result, c) => (result.success ? undefined : answerInvalid(c, fieldErrorsOf(result.error))),
  });
}
