import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readCorpora } from './corpus/read-corpus.ts';
import { rankModels } from './detect.ts';
import { candidateRow, nothingFits, openQuestions } from './detection-text.ts';
import { fixedFrames } from './framing.ts';
import { defineModel, type IndicatorModel, with7E1, with8N1, with8N2 } from './model.ts';
import { models } from './models.ts';
import { numberField } from './number-field.ts';
import { rejected } from './reading.ts';
import { readingOf } from './reading-of.ts';

const ascii = (text: string) => Buffer.from(text, 'latin1');
const many = (frame: Uint8Array, count = 20) => Buffer.concat(Array.from({ length: count }, () => frame));
const namesOf = (bytes: Uint8Array) =>
  rankModels([{ setting: null, bytes }], models).map(({ model }) => model);

const fitsAmong = (some: readonly IndicatorModel[], bytes: Uint8Array) => {
  const known = rankModels([{ setting: null, bytes }], some);
  return known.map(({ model, isProtected }) => [model, isProtected]);
};

/** STX, SWA, SWB 20h (gross, stable, lb), SWC, weight, tare, CR, checksum of seven bits. */
function mettlerToledo(statusA: number, weight: string): Buffer {
  const body = ascii(`\x02${String.fromCharCode(statusA)}\x20\x20${weight.padStart(6)}     0\r`);
  const sum = body.reduce((total, byte) => total + byte, 0);
  return Buffer.concat([body, Uint8Array.of((128 - (sum % 128)) % 128)]);
}

/** Frames of a model's corpus that are read with its defaults, as an indicator would send them. */
function streamsOf(model: string): Buffer {
  const frames = (readCorpora().get(model) ?? []).flatMap(({ options, bytesHex, expected }) => {
    const isPlain = Object.keys(options).every((key) => key === 'unit' || key === 'sync');
    const isReading =
      'readings' in expected &&
      expected.readings.length === 1 &&
      (expected.discardedBytes ?? 0) === 0 &&
      expected.readings.every((reading) => 'value' in reading);
    return isPlain && isReading ? [Buffer.from(bytesHex, 'hex')] : [];
  });
  return Buffer.concat(Array.from({ length: 8 }, () => frames).flat());
}

describe('ranking what fits the bytes', () => {
  test.each(models.map(({ name }) => name).filter((name) => streamsOf(name).length > 0))(
    '%s is among the candidates for what it sends',
    (name) => {
      expect(namesOf(streamsOf(name))).toContain(name);
    },
  );

  test('of two that fit equally the one with a checksum stands first', () => {
    const framing = fixedFrames({ startByte: 0x02, length: 5, marks: [] });
    const digitsOf = (frame: Uint8Array) => Buffer.from(frame.subarray(1, 4)).toString('latin1');
    const modelOf = (name: string, isRight: (frame: Uint8Array) => boolean) =>
      defineModel({
        name,
        usedBy: 'nobody',
        options: z.strictObject({}),
        line: [with8N1(9600)],
        speak: () => ({
          framing,
          decode: (frame) => {
            const value = numberField(digitsOf(frame));
            return value === null || !isRight(frame)
              ? rejected('no frame')
              : readingOf({ value, unit: 'kg', stable: true });
          },
        }),
      });
    const sumOf = (frame: Uint8Array) => frame.reduce((sum, byte) => sum ^ byte, 0);
    const plain = modelOf('plain', () => true);
    const checked = modelOf('checked', (frame) => sumOf(frame) === 0);
    const frame = Uint8Array.from([...ascii('\x02123'), sumOf(ascii('\x02123'))]);
    const fits = fitsAmong([plain, checked], many(frame));
    expect(fits).toEqual([
      ['checked', true],
      ['plain', false],
    ]);
  });

  test('bytes that only a frame with its checksum explains leave no candidate without, and a stray start and end do not count against it', () => {
    const bytes = many(mettlerToledo(0x2a, '12340')).subarray(7, -3);
    const [candidate, ...others] = rankModels([{ setting: with7E1(9600), bytes }], models);
    expect(others).toEqual([]);
    expect(candidate).toMatchObject({
      model: 'mt-continuous',
      isProtected: true,
      discardedBytes: 0,
      share: 1,
      goodFrames: 18,
    });
    expect(candidate?.options).toMatchObject({ checksum: 'mt7' });
    expect(candidate?.undecided).toEqual({ dummyZeros: ['included', 'implied'] });
  });

  test('dummy zeros that change the reading are two candidates, and the words ask for a known weight', () => {
    const candidates = rankModels([{ setting: null, bytes: many(mettlerToledo(0x29, '1234')) }], models);
    expect(candidates.map(({ options }) => options.dummyZeros)).toEqual(['included', 'implied']);
    const [first] = openQuestions(candidates);
    expect(first).toContain('1, 2 read the same bytes differently');
    expect(first).toMatch(/1234 lb.*12340 lb/);
    expect(first).toContain('known weight');
  });

  test('a stream read forward and reversed is two weights, and neither is chosen', () => {
    const candidates = rankModels([{ setting: null, bytes: many(ascii('=000.3000')) }], models);
    const orders = candidates
      .filter(({ model }) => model === 'yaohua-eq')
      .map(({ options }) => options.order);
    expect(new Set(orders)).toEqual(new Set(['forward', 'reversed']));
    expect(openQuestions(candidates)[0]).toContain('differently');
    expect(openQuestions(candidates).join('\n')).toContain('no unit');
  });

  test('status letters with opposite meanings are both named: moving to one make, stable to another', () => {
    const candidates = rankModels([{ setting: null, bytes: many(ascii('D001234\r')) }], models);
    expect(new Set(candidates.map(({ model }) => model))).toEqual(
      new Set(['erte-letter', 'letter-status-40']),
    );
    expect(openQuestions(candidates)[0]).toMatch(/1234 .*stable.*; .*moving|1234 .*moving.*; .*stable/);
  });

  test('the two NCI readings of one status byte are two candidates', () => {
    const nci = streamsOf('nci-scp');
    const variants = rankModels([{ setting: null, bytes: nci }], models).map(
      ({ options }) => options.variant,
    );
    expect(variants).toEqual(expect.arrayContaining(['SCP-01', 'SCP-12']));
  });

  test('settings at which the same bytes come are one candidate that names them', () => {
    const bytes = many(ascii('ST,GS,  12340,kg\r\n'));
    const candidates = rankModels(
      [
        { setting: with8N1(9600), bytes },
        { setting: with8N2(9600), bytes },
        { setting: with8N1(4800), bytes: Uint8Array.from({ length: 400 }, (_, at) => (at * 97) & 0xff) },
      ],
      models,
    );
    expect(candidates).toHaveLength(1);
    const [candidate] = candidates;
    expect(candidate?.settings).toHaveLength(2);
    expect(candidate === undefined ? [] : candidateRow(candidate, 0)).toContain('9600 8N1 (or 1 more)');
    expect(openQuestions(candidates).join('\n')).toContain('reads alike at 9600 8N1, 9600 8N2');
  });

  test('seven bits with parity read as eight are recognised behind a serial server', () => {
    const withParity = many(mettlerToledo(0x2a, '12340')).map((byte) => {
      const ones = byte.toString(2).replaceAll('0', '').length;
      return ones % 2 === 0 ? byte : byte | 0x80;
    });
    const [candidate] = rankModels([{ setting: null, bytes: withParity }], models);
    expect(candidate).toMatchObject({ model: 'mt-continuous', options: { stripParity: true } });
  });

  test('noise fits nothing and is shown', () => {
    let seed = 7;
    const noise = Uint8Array.from({ length: 5000 }, () => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return seed >> 16;
    });
    const captures = [{ setting: with8N1(9600), bytes: noise }];
    expect(rankModels(captures, models)).toEqual([]);
    expect(nothingFits(captures).join('\n')).toContain(Buffer.from(noise.subarray(0, 48)).toString('hex'));
  });
});
