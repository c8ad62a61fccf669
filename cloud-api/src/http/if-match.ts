import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { answerProblem, problemAnswer } from './problem.ts';
import type { AppEnv } from './router.ts';

/** Header of every request that changes something somebody else may be changing too. */
export const ifMatchHeader = z.object({
  'if-match': z
    .string()
    .max(400)
    .optional()
    .openapi({ description: 'ETag of what the change is based on; `*` changes it whatever it is now' }),
});

/** Why a change is not made: it does not say what it is based on, or that is not what is there now. */
export type MatchFault = { kind: 'not_said' } | { kind: 'stale'; etag: string };

/** The ETag of a row by its version. */
export const etagOf = (version: number): string => `"v${version}"`;

/**
 * Compares If-Match with the version of the row, which the caller holds locked. An ETag that a proxy or compression marked
 * weak is the same one: it names a version and not bytes.
 */
export function matchFaultOf(ifMatch: string | undefined, version: number): MatchFault | null {
  if (ifMatch === undefined) return { kind: 'not_said' };
  const etag = etagOf(version);
  const given = ifMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return given.includes('*') || given.includes(etag) ? null : { kind: 'stale', etag };
}

/** Answers 428 for a change that does not say what it is based on, and 412 with the present ETag for one that is late. */
export function answerMatchFault(c: Context<AppEnv>, fault: MatchFault) {
  if (fault.kind === 'not_said') {
    return answerProblem(c, 428, {
      code: 'if-match-needed',
      title: 'If-Match needed',
      detail: 'read it first and send its ETag as If-Match, so that nobody else’s change is lost',
    });
  }
  c.header('etag', fault.etag);
  return answerProblem(c, 412, {
    code: 'changed-meanwhile',
    title: 'Changed meanwhile',
    detail: 'somebody changed it after you read it; read it again and decide anew',
  });
}

/** Declares what a route with {@link ifMatchHeader} may answer besides. */
export const matchRefusals = {
  412: problemAnswer('somebody changed it meanwhile'),
  428: problemAnswer('If-Match is missing'),
};
