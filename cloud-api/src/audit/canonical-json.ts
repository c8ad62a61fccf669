/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * One text for one value: members in the order of their UTF-16 units, no blanks, numbers as ECMAScript writes them (as RFC
 * 8785 has it).
 */
export function canonicalJson(value: Json): string {
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join(',')}}`;
}

/** Whether it is a list; `Array.isArray` does not say so of a read-only one. */
export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * A value of a program as JSON: an instant as ISO 8601, a bigint as text, what is undefined left out, and no character that
 * PostgreSQL cannot keep.
 * @throws TypeError for what is no data
 */
export function jsonOf(value: unknown): Json {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\u0000', '\ufffd');
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => jsonOf(item ?? null));
  if (typeof value === 'object') {
    const known = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(known.map(([name, item]) => [name, jsonOf(item)]));
  }
  throw new TypeError(`${typeof value} is no data`);
}
