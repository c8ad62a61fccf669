import { z } from '@hono/zod-openapi';
import { plainTextSchema } from '@weighgate/protocol';
import type { Caller } from './caller.ts';

/** Who did something, so far as it is proven. */
export type Doer = Pick<Caller, 'kind' | 'id' | 'name'>;

/**
 * The name that stands under what was done: of a user their own, whatever is sent; of an API key the person it says it
 * acts for, or else its own.
 */
export function doerNameOf(doer: Doer, saidBy: string | undefined): string {
  return doer.kind === 'key' && saidBy !== undefined ? saidBy : doer.name;
}

/** Field of the body of a request that writes down who did it. */
export function saidBySchema(maxLength: number) {
  return z.optional(plainTextSchema(maxLength)).openapi({
    description: 'person an API key acts for; of a signed-in user it is the user, whatever is sent',
  });
}
