import { readFileSync } from 'node:fs';
import { registeredWeightSchema } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readCorpora, type Vector } from '../corpus/read-corpus.ts';
import { decodeCapture } from '../decode-capture.ts';
import { type Definition, definitionSchema } from '../definition.ts';
import { indicatorConfig, indicatorOf } from '../models.ts';

const corpora = readCorpora();
const textOf = (name: string) =>
  readFileSync(new URL(`../corpus/definitions/${name}.json`, import.meta.url), 'utf8');
const definitionNamed = (name: string) => definitionSchema.parse(JSON.parse(textOf(name)));

/** The definitions with what the options of a vector change in them. */
const definitions: Readonly<Record<string, (options: Vector['options']) => Definition>> = {
  'yaohua-xor': ({ unit }) => {
    const definition = definitionNamed('yaohua-xor');
    return definitionSchema.parse({
      ...definition,
      always: { ...definition.always, unit: unit ?? undefined },
    });
  },
  'ricelake-condec': ({ terminator, letterT }) => {
    const definition = definitionNamed('ricelake-condec');
    const columns = definition.columns.map((column) =>
      column.from === 9 ? { ...column, map: { ...column.map, T: { unit: letterT ?? undefined } } } : column,
    );
    if (terminator !== 'cr') return definitionSchema.parse({ ...definition, columns });
    const framing = { ...definition.framing, end: '\r' };
    return definitionSchema.parse({
      ...definition,
      framing,
      columns: columns.filter(({ from }) => from !== 12),
    });
  },
};

describe.each(Object.entries(definitions))('a definition of %s', (model, definitionFor) => {
  test.each(corpora.get(model) ?? [])(
    'reads $id as the shipped model does',
    ({ options, bytesHex, chunksHex }) => {
      const chunks = (chunksHex ?? [bytesHex]).map((hex) => Buffer.from(hex, 'hex'));
      const shipped = decodeCapture(indicatorOf({ model, ...options }), chunks);
      const defined = indicatorOf({ model: 'configurable', definition: definitionFor(options) });
      expect(decodeCapture(defined, chunks)).toEqual(shipped);
    },
  );
});

test('a definition may be JSON text', () => {
  const { readings } = decodeCapture(
    indicatorOf({ model: 'configurable', definition: textOf('yaohua-xor') }),
    [Buffer.from('\x02+045680014\x03')],
  );
  expect(readings).toMatchObject([{ value: '45680', stable: null }]);
});

test('what is kept with every weight fits its record and tells one definition from another', () => {
  const keptFor = (definition: Definition) => indicatorOf({ model: 'configurable', definition }).options;
  const yaohua = definitionNamed('yaohua-xor');
  const kept = keptFor(yaohua);
  expect(registeredWeightSchema.shape.indicator.parse({ model: 'configurable', options: kept })).toBeTruthy();
  expect(kept.name).toBe('yaohua-xor');
  expect(keptFor({ ...yaohua, always: { unit: 'kg' } }).sha256).not.toBe(kept.sha256);
});

describe('a definition that cannot be meant is refused in words:', () => {
  const yaohua = definitionNamed('yaohua-xor');
  test.each([
    ['none at all', undefined, 'definition', /definition of a make/],
    ['text that is no JSON', 'makes/ours.json', 'definition', /definition of a make/],
    [
      'a column of another width than its text',
      { ...yaohua, columns: [{ from: 1, to: 2, map: { '--': {} } }] },
      'definition.columns.0.map.--',
      /2 wide/,
    ],
    [
      'a column that runs backwards',
      { ...yaohua, weight: { from: 8, to: 2 } },
      'definition.weight',
      /8 to 2/,
    ],
    [
      'a weight outside the frame',
      { ...yaohua, weight: { from: 8, to: 14 } },
      'definition.weight',
      /frame of 12/,
    ],
    [
      'a column that starts at the end',
      { ...yaohua, weight: { from: -3, to: 2 } },
      'definition.weight',
      /from the end/,
    ],
    [
      'a checksum in too little room',
      { ...yaohua, checksum: { ...yaohua.checksum, kind: 'crc16' } },
      'definition.checksum.at',
      /4 wide/,
    ],
    ['a pattern', { ...yaohua, pattern: '(a+)+$' }, 'definition', /pattern/],
    ['a character of two bytes', { ...yaohua, enquiry: 'Ω' }, 'definition.enquiry', /single bytes/],
  ])('%s', (_, definition, path, message) => {
    const { error } = indicatorConfig.safeParse({ model: 'configurable', definition });
    const [issue] = error?.issues ?? [];
    expect(issue?.path.join('.')).toBe(path);
    expect(z.prettifyError(error ?? new z.ZodError([]))).toMatch(message);
  });
});
