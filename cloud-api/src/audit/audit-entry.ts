import { z } from '@hono/zod-openapi';
import type { ClearValue } from './commitment.ts';

/** What an entry says. Of personal data that was erased there is a salted hash, `sha256:...`. */
export const auditEntrySchema = z
  .object({
    v: z.literal(1),
    id: z.string(),
    at: z.string(),
    actor: z.object({
      kind: z.enum(['account', 'key', 'cloud', 'unknown']),
      id: z.string().nullable(),
      name: z.string(),
    }),
    action: z.string().openapi({ example: 'provider.changed' }),
    subject: z.object({ kind: z.string(), id: z.string().nullable() }),
    before: z.unknown().openapi({ description: 'as it was; null where there was nothing' }),
    after: z.unknown().openapi({ description: 'as it was then; null where there was nothing any more' }),
    why: z.string().nullable(),
    askedBy: z.string().nullable().optional().openapi({ description: 'person an API key said it acted for' }),
    place: z.object({ address: z.string(), userAgent: z.string() }).nullable(),
    requestId: z.string().nullable(),
  })
  .openapi('AuditEntry');
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** The entry of a stored text, with what still stands in clear beside the chain put back into it. */
export function readAuditEntry(entryText: string, clear: readonly Omit<ClearValue, 'salt'>[]): AuditEntry {
  const entry: unknown = JSON.parse(entryText);
  for (const { place, value } of clear) putBack(entry, namesOf(place), value);
  return auditEntrySchema.parse(entry);
}

/** The value at a JSON pointer; undefined where there is none. */
export function valueAt(entry: unknown, place: string): unknown {
  return namesOf(place).reduce(memberOf, entry);
}

const namesOf = (place: string): string[] =>
  place
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function putBack(entry: unknown, names: readonly string[], value: string): void {
  const holder = names.slice(0, -1).reduce(memberOf, entry);
  const name = names.at(-1) ?? '';
  if (memberOf(holder, name) === undefined || typeof holder !== 'object' || holder === null) return;
  Reflect.set(holder, name, value);
}
