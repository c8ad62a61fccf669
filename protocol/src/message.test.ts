import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { deviceStateSchema } from './device-state.ts';
import { MAX_EVIDENCE_FRAMES } from './evidence.ts';
import { type JournalEntry, journalEntrySchema } from './journal-entry.ts';
import {
  downMessageSchema,
  hostStateSchema,
  MAX_BATCH_ROWS,
  MAX_MESSAGE_BYTES,
  readPayload,
  upMessageSchema,
} from './message.ts';
import { plainTextSchema } from './plain-text.ts';

const folder = new URL('../golden/', import.meta.url);
const anyMessageSchema = z.union([upMessageSchema, downMessageSchema, deviceStateSchema, hostStateSchema]);
const samples = readdirSync(folder)
  .filter((file) => !file.startsWith('entry.'))
  .map((file) => ({ file, bytes: readFileSync(new URL(file, folder)) }));

const payloadOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const sampleOf = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const hello = sampleOf('up.hello.json');
const batch = sampleOf('up.batch.json');
const rows = z.array(z.record(z.string(), z.unknown())).parse(batch.rows);

const carriedBody = z.object({ body: z.looseObject({}) }).parse(sampleOf('entry.entry.carried.json')).body;

function reasonOf(payload: Uint8Array): string {
  const reading = readPayload(upMessageSchema, payload);
  if (reading.ok) throw new Error('the payload was read');
  return reading.reason;
}

describe('no payload makes the reader throw, and every refusal is one storable line:', () => {
  function expectAnswer(payload: Uint8Array) {
    for (const schema of [upMessageSchema, downMessageSchema, deviceStateSchema, hostStateSchema]) {
      const reading = readPayload<unknown>(schema, payload);
      if (!reading.ok) expect(plainTextSchema(500).safeParse(reading.reason).success).toBe(true);
    }
  }

  test('any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), expectAnswer), { numRuns: 1000 });
  });

  test('any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (json) => expectAnswer(Buffer.from(json))),
      { numRuns: 500 },
    );
  });

  test('valid messages with bytes changed, cut out and put in', () => {
    const mutated = fc
      .tuple(
        fc.constantFrom(...samples.map(({ bytes }) => bytes)),
        fc.nat(),
        fc.nat({ max: 20 }),
        fc.uint8Array({ maxLength: 8 }),
      )
      .map(([bytes, at, length, insert]) => {
        const from = at % bytes.length;
        return Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + length)]);
      });
    fc.assert(fc.property(mutated, expectAnswer), { numRuns: 1000 });
  });

  test('valid messages with one value replaced by anything', () => {
    const replaced = fc
      .tuple(fc.constantFrom(...samples.map(({ file }) => sampleOf(file))), fc.nat(), fc.jsonValue())
      .map(([message, at, value]) => {
        const keys = Object.keys(message);
        return payloadOf({ ...message, [keys[at % keys.length] ?? '']: value });
      });
    fc.assert(fc.property(replaced, expectAnswer), { numRuns: 1000 });
  });
});

describe('a key no version knows is refused with its path', () => {
  test.each<[string, unknown, string[]]>([
    ['at the top', { ...hello, extra: 1 }, ['extra']],
    ['further in', { ...hello, head: { seq: 0, hash: 'a'.repeat(64), extra: 1 } }, ['extra', 'at head']],
    ['in a row', { ...batch, rows: rows.with(2, { ...rows[2], extra: 1 }) }, ['extra', 'at rows[2]']],
    [
      'named __proto__',
      JSON.parse(`{"__proto__":{"admin":true},${JSON.stringify(hello).slice(1)}`),
      ['__proto__'],
    ],
    ['named constructor', { ...hello, constructor: 1 }, ['constructor']],
  ])('%s', (_, message, parts) => {
    const reason = reasonOf(payloadOf(message));
    for (const part of parts) expect(reason).toContain(part);
  });

  test.each(samples)('in any message: $file', ({ file }) => {
    expect(readPayload(anyMessageSchema, payloadOf({ ...sampleOf(file), extra: 1 })).ok).toBe(false);
  });
});

test('of a key that stands twice the last counts, as everywhere in JSON', () => {
  const twice = Buffer.from(`{"appVersion":"0.0.1",${JSON.stringify(hello).slice(1)}`);
  expect(readPayload(upMessageSchema, twice)).toMatchObject({ ok: true, message: { appVersion: '0.1.0' } });
});

describe('bounds of the wire', () => {
  test('a payload of 256 KiB is read, one byte more is refused unread', () => {
    const text = JSON.stringify(hello);
    const full = text + ' '.repeat(MAX_MESSAGE_BYTES - text.length);
    expect(readPayload(upMessageSchema, Buffer.from(full)).ok).toBe(true);
    expect(reasonOf(Buffer.from(`${full} `))).toBe('payload of 262145 bytes, at most 262144 allowed');
  });

  test('a batch holds 1 to 50 rows', () => {
    const rowsOf = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...rows[0], seq: index + 1, entry: '{}' }));
    const batchOf = (count: number) =>
      payloadOf({ ...batch, from: 1, to: Math.max(1, count), rows: rowsOf(count) });
    expect(readPayload(upMessageSchema, batchOf(MAX_BATCH_ROWS)).ok).toBe(true);
    expect(reasonOf(batchOf(MAX_BATCH_ROWS + 1))).toContain('rows');
    expect(reasonOf(batchOf(0))).toContain('rows');
  });

  test('the largest entry the schemas allow fits into one message', () => {
    const entry = JSON.stringify(largestEntry());
    expect(journalEntrySchema.safeParse(JSON.parse(entry)).error).toBeUndefined();
    const signature = 'A'.repeat(128);
    const message = payloadOf({ ...batch, from: 1, to: 1, rows: [{ ...rows[0], entry, signature }] });
    expect(readPayload(upMessageSchema, message).ok).toBe(true);
  });

  test('the largest entry still fits when it is carried over into another life', () => {
    const entryText = JSON.stringify(largestEntry());
    const carried = { ...largestEntry(), kind: 'entry.carried', body: { ...carriedBody, entryText } };
    const entry = JSON.stringify(carried);
    expect(journalEntrySchema.safeParse(carried).error).toBeUndefined();
    const message = payloadOf({ ...batch, from: 1, to: 1, rows: [{ ...rows[0], entry }] });
    expect(readPayload(upMessageSchema, message).ok).toBe(true);
  });

  test.each([10_000, 100_000])('a value nested %d deep is refused without a crash', (depth) => {
    const nested = '['.repeat(depth) + ']'.repeat(depth);
    for (const key of ['type', 'head', 'extra', 'capabilities']) {
      const text = JSON.stringify({ ...hello, [key]: 'DEEP' }).replace('"DEEP"', nested);
      expect(readPayload(upMessageSchema, Buffer.from(text)).ok).toBe(false);
    }
    expect(reasonOf(Buffer.from('['.repeat(depth)))).toMatch(/^not JSON in UTF-8/);
  });

  test('the widest list of wrong values is refused with a bounded reason', () => {
    const wide = Buffer.from(`{"type":"batch","rows":[${'1,'.repeat(130_000)}1]}`);
    expect(reasonOf(wide).length).toBeLessThanOrEqual(500);
  });
});

describe('a digest whose blocks do not ascend is refused', () => {
  const digest = sampleOf('up.digest.json');
  const block = (seq: number) => ({ seq, hash: 'a'.repeat(64) });
  test.each<[string, object]>([
    ['two at one place', { blocks: [block(1000), block(1000)] }],
    ['one before the first entry', { firstSeq: 2001, blocks: [block(2000)] }],
    ['none', { blocks: [] }],
  ])('%s', (_, changes) => {
    expect(reasonOf(payloadOf({ ...digest, ...changes }))).toContain('blocks');
  });
});

describe('a batch whose rows are not its entries from..to is refused', () => {
  test.each<[string, Record<string, unknown>]>([
    ['one is missing', { rows: rows.toSpliced(2, 1) }],
    ['one stands twice', { rows: rows.with(2, rows[1] ?? {}) }],
    ['two are swapped', { rows: rows.with(1, rows[2] ?? {}).with(2, rows[1] ?? {}) }],
    ['it says it goes further', { to: 7 }],
    ['it says it starts later', { from: 2 }],
  ])('%s', (_, changes) => {
    expect(reasonOf(payloadOf({ ...batch, ...changes }))).toContain('rows');
  });
});

describe('a row whose text no database could keep as it was hashed is refused', () => {
  test.each([
    ['U+0000', '{"a":"\0"}'],
    ['half a surrogate pair', '{"a":"\ud83d"}'],
    ['nothing', ''],
  ])('%s', (_, entry) => {
    const message = { ...batch, rows: rows.with(0, { ...rows[0], entry }) };
    expect(reasonOf(payloadOf(message))).toContain('rows[0].entry');
  });
});

test('bytes that are not UTF-8 are refused, not read as U+FFFD', () => {
  const bytes = payloadOf({ ...hello, appVersion: 'AAAA' });
  bytes[bytes.indexOf('AAAA')] = 0xff;
  expect(reasonOf(bytes)).toMatch(/^not JSON in UTF-8/);
});

test('an empty payload, which clears a retained message, is refused and not a state', () => {
  expect(readPayload(deviceStateSchema, new Uint8Array()).ok).toBe(false);
});

/** A closed session with every list full and every text at its longest, in the characters that take most bytes. */
function largestEntry(): JournalEntry {
  const text = readFileSync(new URL('entry.session.closed-net-pending.json', folder), 'utf8');
  const entry = journalEntrySchema.parse(JSON.parse(text));
  if (entry.kind !== 'session.closed') throw new Error('not a closed session');
  const containers = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => prefix + String(index).padStart(14, '0'));
  const option = (index: number) => [String(index).padStart(2, '0').padEnd(40, 'ש'), 'ש'.repeat(40)];
  const { body } = entry;
  return {
    ...entry,
    at: { ...entry.at, bootId: 'ש'.repeat(64) },
    body: {
      ...body,
      truck: 'ש'.repeat(20),
      produce: 'ש'.repeat(50),
      containers: containers('A', 50),
      weight: {
        ...body.weight,
        scaleId: '"'.repeat(32),
        indicator: {
          model: '"'.repeat(40),
          options: Object.fromEntries(Array.from({ length: 16 }, (_, index) => option(index))),
        },
        frames: Array.from({ length: MAX_EVIDENCE_FRAMES }, () => ({
          agoMs: Number.MAX_SAFE_INTEGER,
          hex: 'ff'.repeat(512),
        })),
      },
      first: { ...body.first, containers: containers('B', 50) },
      tares: containers('C', 100).map((container) => ({ container, tareG: 10_000_000_000 })),
      net: { kind: 'pending', waitingFor: containers('D', 100) },
    },
  };
}
