import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** One thing wrong with a request: where, and what. */
export interface FieldError {
  path: string;
  message: string;
}

/** A problem as RFC 9457 tells it. `code` becomes its type: `/problems/no-open-session`. */
export interface Problem {
  status: ContentfulStatusCode;
  code: string;
  title: string;
  detail: string;
  errors?: readonly FieldError[];
  [extra: string]: unknown;
}

/** Answers with `application/problem+json`, in English. */
export function problem(c: Context, { status, code, ...members }: Problem): Response {
  const body = {
    type: `/problems/${code.replaceAll('_', '-')}`,
    status,
    ...members,
    requestId: c.get('requestId'),
  };
  return c.body(JSON.stringify(body), status, {
    'content-type': 'application/problem+json',
    'content-language': 'en',
  });
}
