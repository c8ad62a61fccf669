import type { z } from 'zod';
import { type FieldFault, faultsOf, sayFault } from './fault-words.ts';
import type { Problem } from './problem.ts';

/** A part of a request that parsed, or the problem to answer with. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** Reads JSON text by a schema. */
export function readBody<T>(text: string, schema: z.ZodType<T>): Parsed<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: unprocessable([{ path: '', message: 'is not JSON' }]) };
  }
  return readValue(json, schema);
}

/** Reads a value by a schema. */
export function readValue<T>(value: unknown, schema: z.ZodType<T>): Parsed<T> {
  const parsed = schema.safeParse(value, { error: sayFault });
  if (parsed.success) return { ok: true, value: parsed.data };
  const faults = faultsOf(parsed.error).map(({ path, message }) => ({ path: path.join('.'), message }));
  return { ok: false, problem: unprocessable(faults) };
}

function unprocessable(errors: (Omit<FieldFault, 'path'> & { path: string })[]): Problem {
  const detail = errors.map(({ path, message }) => `${path === '' ? 'body' : path}: ${message}`).join('; ');
  return { status: 422, code: 'invalid_request', title: 'Invalid request', detail, errors };
}
