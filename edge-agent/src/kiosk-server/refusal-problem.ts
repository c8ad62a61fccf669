import { languageFrom, type Refusal, textOf } from '@weighgate/protocol';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { problem } from './problem.ts';

/** A refusal as a problem, its detail in the language that `Accept-Language` asks for. The code is the same in all. */
export function refusalProblem(
  c: Context,
  { status, title }: { status: ContentfulStatusCode; title: string },
  refusal: Refusal,
): Response {
  const language = languageFrom(c.req.header('accept-language'));
  const response = problem(c, { status, title, detail: textOf(refusal, language), ...refusal });
  response.headers.set('content-language', language);
  response.headers.append('vary', 'accept-language');
  return response;
}
