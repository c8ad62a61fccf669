import { z } from '@hono/zod-openapi';
import { problemSchema } from './problem.ts';

const described: Readonly<Record<string, string>> = {
  400: 'the request cannot be read',
  413: 'the body is too large',
  415: 'the body is encoded in a way that is not understood',
  421: 'the cloud is not reached under this name',
  429: 'too many requests; Retry-After says when the next one is taken',
  500: 'something went wrong on our side',
};
const ofBodies: ReadonlySet<string> = new Set(['400', '413', '415']);

interface Operation {
  requestBody?: unknown;
  responses?: Record<string, unknown>;
}

const problemJson = z.toJSONSchema(problemSchema, { unrepresentable: 'any' });

/**
 * Adds to every operation of an OpenAPI document what stands in front of all routes may answer: a client that reads the
 * document meets nothing that it did not expect. What an operation declares itself stays as it is.
 */
export function withEdgeAnswers<D extends { paths?: Record<string, object> | undefined }>(document: D): D {
  for (const operations of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(operations) as Operation[]) {
      if (typeof operation !== 'object' || operation.responses === undefined) continue;
      for (const [status, description] of Object.entries(described)) {
        if (ofBodies.has(status) && operation.requestBody === undefined && status !== '400') continue;
        operation.responses[status] ??= {
          description,
          content: { 'application/problem+json': { schema: problemJson } },
        };
      }
    }
  }
  return document;
}
