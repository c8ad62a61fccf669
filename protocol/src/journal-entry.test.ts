import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_WALL_MS } from './clock.ts';
import { type EntryReading, type JournalEntry, journalEntrySchema, readEntry } from './journal-entry.ts';
import { plainTextSchema } from './plain-text.ts';

const openedText = readFileSync(new URL('../golden/entry.session.opened.json', import.meta.url), 'utf8');
const opened = journalEntrySchema.parse(JSON.parse(openedText));
const closedText = readFileSync(
  new URL('../golden/entry.session.closed-net-known.json', import.meta.url),
  'utf8',
);

/** The reading of an entry after some of its header was replaced. */
function readWith(changes: Record<string, unknown>): EntryReading {
  return readEntry(JSON.stringify({ ...opened, ...changes }));
}

describe('an entry of a kind this version knows', () => {
  test('is read whole', () => {
    expect(readEntry(openedText)).toEqual({ kind: 'known', entry: opened });
  });

  test.each([
    ['with one key more', { ...opened.body, driver: 'Noa' }, 'driver'],
    ['with one key of the weight more', { ...opened.body, weight: { ...weightOf(opened), netG: 1 } }, 'netG'],
    ['without its truck', { ...opened.body, truck: undefined }, 'truck'],
    [
      'with a weight of half a gram',
      { ...opened.body, weight: { ...weightOf(opened), grossG: 0.5 } },
      'grossG',
    ],
    ['with a negative gross', { ...opened.body, weight: { ...weightOf(opened), grossG: -1 } }, 'grossG'],
    ['with a body that is no object', null, 'body'],
  ])('%s is set aside with its header and the reason', (_, body, named) => {
    const reading = readWith({ body });
    expect(reading).toMatchObject({ kind: 'unknown', header: { kind: 'session.opened', seq: opened.seq } });
    expect(reading).toHaveProperty('reason', expect.stringContaining(named));
  });

  test('of a later schema is set aside', () => {
    expect(readWith({ schema: 2 })).toMatchObject({ kind: 'unknown', header: { schema: 2 } });
  });
});

test('an entry of a kind this version does not know keeps its header and its place in the chain', () => {
  const body = { sessionId: 'x', why: ['first', 'second'] };
  const reading = readWith({ kind: 'session.voided', schema: 3, body });
  expect(reading).toMatchObject({
    kind: 'unknown',
    header: { ...opened, kind: 'session.voided', schema: 3, body },
  });
});

describe('an entry without a readable header is malformed', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['a key more', { extra: 1 }, 'extra'],
    ['another version', { v: 2 }, 'v'],
    ['a kind that is no word', { kind: 'opened' }, 'kind'],
    ['a kind without end', { kind: `a.${'b'.repeat(100)}` }, 'kind'],
    ['seq 0', { seq: 0 }, 'seq'],
    ['a seq beyond exact integers', { seq: 2 ** 53 }, 'seq'],
    ['an id of another version', { uuid: '9b2f1c1e-3a55-4c1d-9f0a-1d2e3f405162' }, 'uuid'],
    ['a time no date can name', { at: { ...opened.at, wallMs: MAX_WALL_MS + 1 } }, 'wallMs'],
    ['a boot id no database stores', { at: { ...opened.at, bootId: 'a\0' } }, 'bootId'],
  ])('%s', (_, changes, named) => {
    const reading = readWith(changes);
    expect(reading.kind).toBe('malformed');
    expect(reading).toHaveProperty('reason', expect.stringContaining(named));
  });
});

describe('text that two readers could read differently is malformed', () => {
  const grossOnce = '"grossG":24860000';
  test.each([
    ['a key twice', openedText.replace(grossOnce, `"grossG":1,${grossOnce}`)],
    [
      'a key twice, once spelled with an escape',
      openedText.replace(grossOnce, `"gross\\u0047":1,${grossOnce}`),
    ],
    ['a number in another spelling', openedText.replace('24860000', '2486e4')],
    ['a number that loses digits', openedText.replace('24860000', '24860000.000000000001')],
    ['blanks between', openedText.replace(grossOnce, '"grossG": 24860000')],
    ['a line feed at the end', `${openedText}\n`],
    ['a byte order mark', `\ufeff${openedText}`],
    ['half a surrogate pair', openedText.replace('orange', 'orang\ud83d')],
    ['a prototype for its options', openedText.replace('"options":{', '"options":{"__proto__":"x",')],
    ['a prototype for its body', openedText.replace('"body":{', '"body":{"__proto__":{"truck":"1"},')],
    ['a prototype of its own', openedText.replace('{', '{"__proto__":{"admin":true},')],
  ])('%s', (_, text) => {
    expect(text).not.toBe(openedText);
    expect(readEntry(text)).toMatchObject({ kind: 'malformed' });
  });

  test('and leaves the prototype of objects alone', () => {
    readEntry(openedText.replace('{', '{"__proto__":{"admin":true},'));
    expect('admin' in {}).toBe(false);
  });
});

test('any text is read without a throw, and every reason is one storable line', () => {
  const mutated = fc
    .tuple(fc.constantFrom(openedText, closedText), fc.nat(), fc.nat({ max: 9 }), fc.string({ maxLength: 4 }))
    .map(([text, at, length, insert]) => {
      const from = at % text.length;
      return text.slice(0, from) + insert + text.slice(from + length);
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.json(), fc.string({ unit: 'binary' })), (text) => {
      const reading = readEntry(text);
      if (reading.kind === 'known') expect(JSON.parse(text)).toEqual(reading.entry);
      else expect(plainTextSchema(500).safeParse(reading.reason).success).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test.each([1_000, 10_000, 100_000])('a body nested %d deep is read without a crash', (depth) => {
  const nested = '['.repeat(depth) + ']'.repeat(depth);
  const text = JSON.stringify({ ...opened, kind: 'later.kind', body: 'BODY' }).replace('"BODY"', nested);
  expect(['unknown', 'malformed']).toContain(readEntry(text).kind);
});

function weightOf(entry: JournalEntry) {
  if (!('weight' in entry.body)) throw new Error('no weight in it');
  return entry.body.weight;
}
