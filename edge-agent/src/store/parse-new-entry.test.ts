import { readdirSync, readFileSync } from 'node:fs';
import { journalEntrySchema } from '@weighgate/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNewEntry } from './parse-new-entry.ts';

const folder = new URL('../../../protocol/golden/', import.meta.url);
const samples = readdirSync(folder)
  .filter((file) => file.startsWith('entry.'))
  .map((file) => journalEntrySchema.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))));

/** What came of parsing: the text that would be stored, or why there is none. */
function outcomeOf(parse: () => unknown): unknown {
  try {
    return JSON.stringify(parse());
  } catch (error) {
    return (error as Error).message;
  }
}

/** Every place in a value, by the keys that lead to it. */
function placesIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

/** A copy with something else at one place: undefined takes the key away. */
function changedAt(value: unknown, [key, ...rest]: string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  const inside = copy as Record<string, unknown>;
  inside[key] = changedAt(inside[key], rest, by);
  if (inside[key] === undefined && !Array.isArray(copy)) delete inside[key];
  return copy;
}

const wrong = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    '',
    ' ',
    'a\u0007b',
    '\ud800',
    -1,
    0,
    0.5,
    2 ** 53,
    Number.POSITIVE_INFINITY,
    [],
    {},
    [null],
  ),
  fc.constantFrom('2026-11-01T08:00:00.000Z', '1969-12-31T23:59:59.999Z', 'in', 'manual', 'person', 'known'),
  fc.string(),
  fc.string({ minLength: 190, maxLength: 210 }),
  fc.integer(),
  fc.jsonValue(),
);

test.each(samples.map((entry) => [entry.kind, entry] as const))(
  'a new %s is written as its schema says, and refused with the words of its schema',
  (_, entry) => {
    expect(parseNewEntry(entry)).toEqual(entry);
    const places = placesIn(entry).filter(([first]) => first !== undefined && first !== 'kind');
    fc.assert(
      fc.property(fc.constantFrom(...places), wrong, (place, by) => {
        const changed = changedAt(entry, place, by) as typeof entry;
        expect(outcomeOf(() => parseNewEntry(changed))).toBe(
          outcomeOf(() => journalEntrySchema.parse(changed)),
        );
      }),
      { numRuns: 150 },
    );
    for (const place of places) {
      const more = changedAt(entry, [...place.slice(0, -1), 'oneMore'], 1) as typeof entry;
      expect(outcomeOf(() => parseNewEntry(more))).toBe(outcomeOf(() => journalEntrySchema.parse(more)));
    }
  },
);

test('a kind that this version does not know is no new entry', () => {
  const [entry] = samples;
  const unknown = { ...entry, kind: 'session.imagined' } as typeof entry & object;
  expect(() => parseNewEntry(unknown)).toThrow('kind');
});
