import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';
import { isDatabaseAway } from '../store/database-away.ts';
import type { AppEnv } from './router.ts';

const RETRY_AFTER_S = 5;

/** RFC 9457 problem details. `detail` says in plain words what is wrong and what to do. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem');
export type Problem = z.infer<typeof problemSchema>;

/** One field that is wrong, by its path in the body or the name of the parameter. */
export interface FieldError {
  path: string;
  message: string;
}

/** What differs from problem to problem. `code` is the kebab-case word of its type. */
export interface ProblemSpec {
  code: string;
  title: string;
  detail: string;
  errors?: FieldError[];
}

export const problemHeaders = { 'content-type': 'application/problem+json' };

/** The problem's body. */
export function problemOf(c: Context<AppEnv>, status: number, spec: ProblemSpec): Problem {
  const { code, title, ...said } = spec;
  return { type: `/problems/${code}`, title, status, ...said, requestId: c.get('requestId') };
}

/** Answers with a problem. */
export function answerProblem<S extends ContentfulStatusCode>(
  c: Context<AppEnv>,
  status: S,
  spec: ProblemSpec,
) {
  return c.json(problemOf(c, status, spec), status, problemHeaders);
}

/** Answers 422 and names the fields. */
export function answerInvalid(c: Context<AppEnv>, errors: FieldError[]) {
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return answerProblem(c, 422, { code: 'invalid-request', title: 'Request not valid', detail, errors });
}

/** Answers 404 for a thing that is not there; `what` as in `provider 10001`. */
export function answerUnknown(c: Context<AppEnv>, what: string) {
  return answerProblem(c, 404, { code: 'not-found', title: 'Not found', detail: `there is no ${what}` });
}

/** Fields of a zod error, with unknown keys named one by one. */
export function fieldErrorsOf(error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is not a known field' }))
      : [{ path: issue.path.join('.') || '(body)', message: issue.message }],
  );
}

/** What answers when a handler threw: no stack and no SQL leaves the house, the log has both. */
export function errorAnswerer(log: Logger) {
  return (error: Error, c: Context<AppEnv>) => {
    if (error instanceof HTTPException && error.status < 500) {
      const detail = error.message;
      return answerProblem(c, 400, { code: 'bad-request', title: 'Request not readable', detail });
    }
    if (isDatabaseAway(error)) {
      log.error({ err: error, requestId: c.get('requestId') }, 'http.database_away');
      c.header('retry-after', String(RETRY_AFTER_S));
      return answerProblem(c, 503, {
        code: 'data-not-available',
        title: 'Data not available',
        detail: `the database does not answer now; ask again in ${RETRY_AFTER_S} s`,
      });
    }
    log.error({ err: error, requestId: c.get('requestId') }, 'http.failed');
    return answerProblem(c, 500, {
      code: 'internal-error',
      title: 'Internal error',
      detail: 'something went wrong on our side; it was logged under this requestId',
    });
  };
}

const problemContent = { 'application/problem+json': { schema: problemSchema } };

/** Declares a problem among a route's answers. */
export function problemAnswer(description: string) {
  return { description, content: problemContent };
}

/** Declares what every route that asks for a permission may answer. */
export const refusals = {
  401: problemAnswer('no access token and no API key, or one that is not valid'),
  403: problemAnswer('the caller does not have the permission'),
  422: problemAnswer('the request is not valid; `errors` names the fields'),
  500: problemAnswer('something went wrong on our side'),
};
