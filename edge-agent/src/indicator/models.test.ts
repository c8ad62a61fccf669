import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCorpora, type Vector } from './corpus/read-corpus.ts';
import { decodeCapture } from './decode-capture.ts';
import { framerOf } from './framer.ts';
import type { Indicator } from './indicator.ts';
import { indicatorConfig, indicatorOf, models } from './models.ts';
import type { Reading } from './reading.ts';

const corpora = readCorpora();
const vectorsOf = (model: string): Vector[] => corpora.get(model) ?? [];
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const chunksOf = ({ bytesHex, chunksHex }: Vector) => (chunksHex ?? [bytesHex]).map(fromHex);

/** `sync` says whether a capture begins at the start of a line; it is of the capture and no option of the model. */
function indicatorOfVector(model: string, { options: { sync: _, ...options } }: Vector): Indicator {
  return indicatorOf({ model, ...options });
}
function alignmentOf({ options: { sync } }: Vector): boolean | undefined {
  return sync === undefined ? undefined : sync === 'aligned';
}

describe('the collection of models', () => {
  test('has one of each name, and a corpus for each', () => {
    const names = models.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(vectorsOf(name), name).not.toHaveLength(0);
    for (const corpus of corpora.keys()) expect(names).toContain(corpus);
  });

  test('takes its default options from nothing but the name, but for the model that is all data', () => {
    for (const { name } of models) {
      if (name === 'configurable') expect(() => indicatorOf({ model: name })).toThrow(/definition/);
      else expect(indicatorOf({ model: name }).model).toBe(name);
    }
  });

  test.each([{ model: 'mt-continous' }, { model: 'mt-continuous', checksum: 'crc' }, { model: 'sma', x: 1 }])(
    'refuses %j',
    (config) => {
      expect(indicatorConfig.safeParse(config).success).toBe(false);
    },
  );
});

describe.each(models.map((model) => ({ ...model, vectors: vectorsOf(model.name) })))(
  '$name',
  ({ name, vectors }) => {
    test.each(vectors)('reads $id', (vector) => {
      const capture = decodeCapture(indicatorOfVector(name, vector), chunksOf(vector), alignmentOf(vector));
      const { expected } = vector;
      if ('readings' in expected) {
        expect(capture).toMatchObject(expected);
        expect(capture.readings).toHaveLength(expected.readings.length);
      } else if (expected.outcome === 'noFrameAtFirstByte') {
        expect(capture.discardedBytes).toBeGreaterThan(0);
      } else {
        expect(capture.outcome).toBe(expected.outcome);
      }
    });

    test('reads the same however the line splits the bytes', () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...vectors),
          fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
          (vector, cuts) => {
            const indicator = indicatorOfVector(name, vector);
            const bytes = fromHex(vector.bytesHex);
            const whole = decodeCapture(indicator, [bytes], alignmentOf(vector) ?? true);
            expect(decodeCapture(indicator, cutAt(bytes, cuts), alignmentOf(vector) ?? true)).toEqual(whole);
          },
        ),
        { numRuns: 200 },
      );
    });

    test('answers any bytes, holds back less than its longest frame, and never believes an unusable reading', () => {
      const alphabet = [...new Set(vectors.flatMap(({ bytesHex }) => [...fromHex(bytesHex)]))];
      const likely = fc
        .array(fc.constantFrom(...alphabet), { maxLength: 120 })
        .map((bytes) => Uint8Array.from(bytes));
      const damaged = fc
        .tuple(fc.constantFrom(...vectors), fc.nat(), fc.integer({ min: 0, max: 255 }))
        .map(([{ bytesHex }, at, byte]) => {
          const bytes = fromHex(bytesHex);
          if (bytes.length > 0) bytes[at % bytes.length] = byte;
          return bytes;
        });
      fc.assert(
        fc.property(
          fc.constantFrom(...vectors),
          fc.array(fc.oneof(fc.uint8Array({ maxLength: 400 }), likely, damaged), { maxLength: 6 }),
          (vector, chunks) => {
            const indicator = indicatorOfVector(name, vector);
            const framer = framerOf(indicator.framing, {
              frame: (frame) => {
                expect(frame.length).toBeLessThanOrEqual(indicator.framing.maxBytes);
                const decoded = indicator.decode(frame);
                if (decoded.kind === 'reading') expectHonest(decoded.reading);
              },
              discarded: () => undefined,
            });
            for (const chunk of chunks) {
              framer.push(chunk);
              expect(framer.pendingBytes()).toBeLessThan(indicator.framing.maxBytes);
            }
            for (const chunk of chunks) indicator.decode(chunk);
          },
        ),
        { numRuns: 300 },
      );
    });
  },
);

function expectHonest(reading: Reading): void {
  const { value, stable, overload, underload, outOfRange, error } = reading;
  if (overload === true || underload === true || outOfRange === true || error !== undefined) {
    expect(reading).toMatchObject({ value: null, stable: false });
  }
  if (value !== null) expect(value).toMatch(/^(?!-0(\.0*)?$)-?(0|[1-9]\d*)(\.\d+)?$/);
  else expect(stable).not.toBe(true);
}

function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const length = cuts[index % cuts.length] ?? 1;
    chunks.push(bytes.slice(at, at + length));
    at += length;
  }
  return chunks;
}
