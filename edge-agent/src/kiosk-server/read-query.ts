import type { Context } from 'hono';
import { z } from 'zod';
import { readMoment } from './instant.ts';
import { type Parsed, readValue } from './read-body.ts';

/** Reads the query of a request by a schema. A key that is not known, or given twice, is a fault: 400. */
export function readQuery<T>(c: Context, schema: z.ZodType<T>): Parsed<T> {
  const given = Object.entries(c.req.queries()).map(([key, values]) => [
    key,
    values.length === 1 ? values[0] : values,
  ]);
  const parsed = readValue(Object.fromEntries(given), schema);
  if (parsed.ok) return parsed;
  return {
    ok: false,
    problem: { ...parsed.problem, status: 400, code: 'invalid_query', title: 'Invalid query' },
  };
}

const moment = (timeZone: string) =>
  z
    .string()
    .max(40)
    .transform((text, context) => {
      const reading = readMoment(text, timeZone);
      if (reading.kind === 'moment') return reading;
      context.addIssue({ code: 'custom', message: reading.reason });
      return z.NEVER;
    });

/**
 * `from` and `to`, both within the span; in milliseconds since 1970.
 * @param defaults what stands for one that is not given
 */
export function spanFields(timeZone: string, defaults: { fromMs: number; toMs: number }) {
  return {
    from: moment(timeZone)
      .optional()
      .transform((given) => given?.firstMs ?? defaults.fromMs),
    to: moment(timeZone)
      .optional()
      .transform((given) => given?.lastMs ?? defaults.toMs),
  };
}

/** Most items on one page of a list. */
const MAX_PAGE = 500;

export const limitField = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, `must be a whole number from 1 to ${MAX_PAGE}`)
  .transform(Number)
  .refine((limit) => limit <= MAX_PAGE, `must be a whole number from 1 to ${MAX_PAGE}`)
  .default(MAX_PAGE);

/** Names the next page as RFC 8288 has it: the list itself stays a plain array. */
export function linkNext(c: Context, cursor: string): void {
  const query = new URLSearchParams(c.req.query());
  query.set('cursor', cursor);
  c.header('link', `<${c.req.path}?${query}>; rel="next"`);
}
