import { z } from '@hono/zod-openapi';
import { sql } from 'kysely';

/** What is looked for in a list, in a query. */
export const searchSchema = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(100, 'must be at most 100 characters')
  .regex(/^[^\p{C}]*$/u, 'must be readable text')
  .optional()
  .openapi({ type: 'string', example: 'shmu' });

/** Least characters that an index of trigrams can look for; with fewer, only beginnings are found. */
const TRIGRAM_CHARS = 3;

const escaped = (text: string) => text.replace(/[\\%_]/g, '\\$&');

/** A pattern for LIKE that finds a text anywhere, where it is long enough, or at the beginning. What was typed matches itself alone. */
export function likePatternOf(text: string): string {
  return text.length < TRIGRAM_CHARS ? `${escaped(text)}%` : `%${escaped(text)}%`;
}

/** Prefixes of words for `to_tsquery`, all of which have to be there; null where the text has no word in it. */
function wordQueryOf(text: string): string | null {
  const words = text.match(/[\p{L}\p{N}]+/gu)?.slice(0, 8) ?? [];
  return words.length === 0 ? null : words.map((word) => `${word}:*`).join(' & ');
}

/**
 * How well a provider's name fits what is looked for, as an expression on `providers`: 0 it is the name, 1 the name begins
 * so, 2 it is in it, or all its words begin words of it, 3 it is nearly in it; and the condition that it fits at all.
 * @param key what is looked for, as names are compared
 */
export function nameMatchOf(key: string) {
  const pattern = likePatternOf(key);
  const words = wordQueryOf(key);
  const contains = sql<boolean>`(trigram_text(name_key) like trigram_text(${pattern}) and name_key like ${pattern})`;
  const hasWords =
    words === null
      ? sql<boolean>`false`
      : sql<boolean>`to_tsvector('simple', name_key) @@ to_tsquery('simple', ${words})`;
  const isNear =
    key.length < TRIGRAM_CHARS
      ? sql<boolean>`false`
      : sql<boolean>`trigram_text(${key}) <% trigram_text(name_key)`;
  return {
    matches: sql<boolean>`(${contains} or ${hasWords} or ${isNear})`,
    rank: sql<number>`case when name_key = ${key} then 0
      when name_key like ${`${escaped(key)}%`} then 1
      when ${contains} or ${hasWords} then 2
      else 3 end`,
  };
}
