import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { decodeCapture } from '../decode-capture.ts';
import type { MarkedFraming } from '../framing.ts';
import type { Reading } from '../reading.ts';
import { mtContinuous } from './mt-continuous.ts';

type Options = z.infer<typeof mtContinuous.options>;
const optionsOf = (given: Partial<Options>): Options => mtContinuous.options.parse(given);

function readingsOf(options: Options, bytes: Uint8Array) {
  const { name } = mtContinuous;
  const indicator = { model: name, options, stripParity: false, ...mtContinuous.speak(options) };
  return decodeCapture(indicator, [bytes]).readings;
}

function decodeAtFirstByte(options: Options, bytes: Uint8Array): Reading | null {
  const { framing, decode } = mtContinuous.speak(options);
  const { startByte, frameAt } = framing as MarkedFraming;
  if (bytes[0] !== startByte) return null;
  const length = frameAt(bytes, 0, bytes.length);
  if (length <= 0) return null;
  const decoded = decode(bytes.subarray(0, length));
  return decoded.kind === 'reading' ? decoded.reading : null;
}

const fromHex = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

describe('with its checksum', () => {
  test('bit 7, which the checksum does not cover, never turns a byte into a digit', () => {
    const frame = fromHex('022a30202031323334302020202020300d0d');
    for (let at = 4; at < 16; at += 1) {
      const flipped = Uint8Array.from(frame);
      flipped[at] = (flipped[at] ?? 0) | 0x80;
      expect(decodeAtFirstByte(optionsOf({}), flipped)).toBeNull();
    }
  });

  test.each(['neg8', 'sum8'] as const)('of kind %s every flipped bit of a frame is found', (checksum) => {
    const options = optionsOf({ checksum });
    const frame = frameOf({ checksum, weight: ' 12340' });
    expect(readingsOf(options, frame)).toMatchObject([{ value: '12340' }]);
    for (let bit = 0; bit < frame.length * 8; bit += 1) {
      const flipped = Uint8Array.from(frame);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readingsOf(options, flipped)).toEqual([]);
    }
  });
});

describe('the fields', () => {
  const read = (fields: Fields, dummyZeros: 'included' | 'implied' = 'included') =>
    decodeAtFirstByte(optionsOf({ checksum: 'none', dummyZeros }), frameOf({ checksum: 'none', ...fields }));

  test.each([
    [0, 'included', '000456', '456'],
    [0, 'implied', '   456', '45600'],
    [1, 'implied', '   456', '4560'],
    [2, 'implied', '   456', '456'],
    [3, 'included', '   456', '45.6'],
    [4, 'included', '     6', '0.06'],
    [7, 'included', '123456', '1.23456'],
    [7, 'included', '     0', '0.00000'],
  ] as const)('decimal code %d with dummy zeros %s reads %j as %s', (code, dummyZeros, weight, value) => {
    expect(read({ statusA: 0x28 | code, weight }, dummyZeros)).toMatchObject({ value });
  });

  test('minus zero is zero', () => {
    expect(read({ statusB: 0x32, weight: '     0' })).toMatchObject({ value: '0' });
    expect(read({ statusA: 0x2c, statusB: 0x32, weight: '     0' })).toMatchObject({ value: '0.00' });
  });

  test.each([
    ['out of range and positive', 0x34, { overload: true, underload: false }],
    ['out of range and negative', 0x36, { overload: false, underload: true }],
  ])('%s has no value and is not stable, whatever digits it carries', (_what, statusB, expected) => {
    for (const weight of [' 60500', '      ']) {
      expect(read({ statusB, weight })).toMatchObject({
        value: null,
        stable: false,
        ...expected,
      });
    }
  });

  test.each([
    [0x20, 0x20, 'lb'],
    [0x30, 0x20, 'kg'],
    [0x30, 0x21, 'g'],
    [0x30, 0x22, 't'],
    [0x30, 0x23, 'oz'],
    [0x30, 0x24, null],
    [0x30, 0x25, null],
    [0x30, 0x26, null],
    [0x30, 0x27, null],
  ])('SWB %d with SWC %d is the unit %s, and one nobody has proven is no unit', (statusB, statusC, unit) => {
    expect(read({ statusB, statusC, weight: ' 12340' })).toMatchObject({ unit });
  });

  test('motion, net, x10 and a scale not zeroed since power-up are passed on', () => {
    expect(read({ statusB: 0x79, statusC: 0x30, weight: ' 12340' })).toMatchObject({
      stable: false,
      mode: 'net',
      notZeroedSincePowerUp: true,
      expandedX10: true,
    });
  });

  test('a tare that is no number makes the frame no reading', () => {
    expect(read({ weight: ' 12340', tare: '12 340' })).toBeNull();
  });
});

describe('any bytes', () => {
  const anyOptions = fc.record({
    checksum: fc.constantFrom('mt7' as const, 'neg8' as const, 'sum8' as const, 'none' as const),
    variant: fc.constantFrom('standard' as const, 'short' as const),
    dummyZeros: fc.constantFrom('included' as const, 'implied' as const),
    terminator: fc.constantFrom('cr' as const, 'crlf' as const),
  });

  test('never make the decoder throw, and a reading out of range never has a value', () => {
    fc.assert(
      fc.property(anyOptions, fc.uint8Array({ maxLength: 40 }), (options, bytes) => {
        const decoded = mtContinuous.speak(options).decode(bytes);
        if (
          decoded.kind === 'reading' &&
          (decoded.reading.overload === true || decoded.reading.underload === true)
        ) {
          expect(decoded.reading).toMatchObject({ value: null, stable: false });
        }
        readingsOf(options, bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test('that are a frame with every field drawn are read as plain decimal text', () => {
    const field = fc
      .array(fc.constantFrom(...'0123456789 '), { minLength: 6, maxLength: 6 })
      .map((all) => all.join(''));
    const status = fc.integer({ min: 0x20, max: 0x7f });
    fc.assert(
      fc.property(status, status, status, field, field, (statusA, statusB, statusC, weight, tare) => {
        const frame = frameOf({ checksum: 'mt7', statusA, statusB, statusC, weight, tare });
        const reading = decodeAtFirstByte(optionsOf({}), frame);
        for (const text of [reading?.value, reading?.tare]) {
          if (text !== null && text !== undefined) expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

interface Fields {
  statusA?: number;
  statusB?: number;
  statusC?: number;
  weight: string;
  tare?: string;
}

/** A frame made here from the manual: STX, three status bytes, six and six digits, CR, check byte. */
function frameOf({
  checksum,
  statusA = 0x2a,
  statusB = 0x30,
  statusC = 0x20,
  weight,
  tare = '     0',
}: Fields & { checksum: Options['checksum'] }): Uint8Array {
  const body = [0x02, statusA, statusB, statusC, ...Buffer.from(weight + tare), 0x0d];
  if (checksum === 'neg8') body.push(0x0a);
  const sum = body.reduce((total, byte) => total + byte, 0);
  if (checksum === 'none') return Uint8Array.from(body);
  const check = { mt7: -sum & 0x7f, neg8: -sum & 0xff, sum8: sum & 0xff }[checksum];
  return Uint8Array.from([...body, check]);
}
