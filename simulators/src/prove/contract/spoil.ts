import type { Random } from '../../random.ts';

const oddValues: readonly unknown[] = [
  null,
  '',
  ' ',
  -1,
  0,
  1e308,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  0.1,
  '\u0000',
  '\ud800',
  '\u202e',
  '٤٢',
  "'; drop table providers; --",
  '=1+1',
  'x'.repeat(5_000),
  true,
  [],
  {},
  [[[[]]]],
  '2026-02-30T25:61:00Z',
  'NaN',
  '-0',
  '__proto__',
];
const oddTexts = [
  '',
  'null',
  '[]',
  '"x"',
  '{',
  '{"a":1,"a":2}',
  '\u0000',
  '{"__proto__":{}}',
  '['.repeat(200),
];

/** One wrong thing put into a body; the text is what is sent. */
export function spoilBody(body: unknown, random: Random): string {
  if (random.next() < 0.15) return random.pick(oddTexts);
  return JSON.stringify(spoilValue(body, random));
}

/** One wrong thing put somewhere into a value. */
function spoilValue(value: unknown, random: Random): unknown {
  if (Array.isArray(value) && value.length > 0 && random.next() < 0.8) {
    const at = random.whole(0, value.length - 1);
    return value.map((one, index) => (index === at ? spoilValue(one, random) : one));
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return random.pick(oddValues);
  const names = Object.keys(value);
  const choice = random.next();
  if (choice < 0.15 || names.length === 0) return { ...value, surelyUnknown: 1 };
  const name = random.pick(names);
  const fields = Object.entries(value);
  if (choice < 0.4) return Object.fromEntries(fields.filter(([key]) => key !== name));
  return Object.fromEntries(fields.map(([key, one]) => [key, key === name ? spoilValue(one, random) : one]));
}

/** Text for a place in the address or a header that holds anything but what belongs there. */
export function oddText(random: Random): string {
  return String(random.pick(oddValues.filter((one) => typeof one !== 'object')));
}
