import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readCorpora, type Vector } from './corpus/read-corpus.ts';
import { decodeCapture, type FlatReading } from './decode-capture.ts';
import type { IndicatorModel } from './model.ts';
import { indicatorConfig, indicatorOf, models } from './models.ts';
import { optionVariantsOf } from './option-variants.ts';

const document = new URL('../../docs/connecting-an-indicator.md', import.meta.url);
const corpora = readCorpora();
/** Flipping every bit takes long; the first vectors of each kind of options are enough to tell. */
const VECTORS_OF_EACH = 3;

test('the table of models in the guide says what the models are: copy it from here when it differs', () => {
  const [, guide = ''] = readFileSync(document, 'utf8').split('## All models');
  const written = guide
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(written.map((cells) => cells.join('|'))).toEqual(models.map((model) => rowOf(model).join('|')));
});

function rowOf(model: IndicatorModel): string[] {
  const cells =
    model.name === 'configurable'
      ? Array.from({ length: 4 }, () => 'by its file')
      : [sendingOf(model), ...wireOf(model)];
  return ['', `\`${model.name}\``, model.usedBy, ...cells, ''];
}

/** Whether it sends by itself, as its options can be set; by default first. */
function sendingOf({ name, options }: IndicatorModel): string {
  const asked = optionVariantsOf(options).flatMap((variant) => {
    const indicator = indicatorConfig.safeParse({ ...variant, model: name });
    return indicator.success ? [indicator.data.enquiry !== undefined] : [];
  });
  const words = asked.map((isAsked) => (isAsked ? 'asked' : 'continuous'));
  return [...new Set(words)].join(' or ');
}

/** Checksum, stability and unit, as every frame of the corpus shows them. */
function wireOf({ name }: IndicatorModel): string[] {
  const whole = (corpora.get(name) ?? []).flatMap((vector) => {
    const { unit: _unit, sync: _sync, ...options } = vector.options;
    const weights = weightsOf(name, options, Buffer.from(vector.bytesHex, 'hex'));
    return weights.length === 0 ? [] : [{ vector, options, weights }];
  });
  const counted = new Map<string, number>();
  const looked = whole.filter(({ options }) => {
    const key = JSON.stringify(options);
    counted.set(key, (counted.get(key) ?? 0) + 1);
    return (counted.get(key) ?? 0) <= VECTORS_OF_EACH;
  });
  const readings = whole.flatMap(({ weights }) => weights);
  return [
    shareOf(
      looked.map(({ vector, options }) => isProtected(name, options, vector)),
      'as set',
    ),
    readings.some(({ stable }) => stable !== null && stable !== undefined) ? 'yes' : 'no',
    shareOf(
      readings.map(({ unit }) => unit !== null && unit !== undefined),
      'not always',
    ),
  ];
}

function shareOf(facts: readonly boolean[], some: string): string {
  return facts.length > 0 && facts.every(Boolean) ? 'yes' : facts.some(Boolean) ? some : 'no';
}

type Weight = Extract<FlatReading, { value: unknown }>;

function weightsOf(model: string, options: Record<string, unknown>, bytes: Uint8Array): Weight[] {
  return decodeCapture(indicatorOf({ model, ...options }), [bytes], true).readings.filter(
    (reading): reading is Weight => 'value' in reading && reading.value !== null,
  );
}

function isProtected(model: string, options: Record<string, unknown>, { bytesHex }: Vector): boolean {
  const sent = Buffer.from(bytesHex, 'hex');
  const good = new Set(weightsOf(model, options, sent).map(({ value }) => value));
  for (let bit = 0; bit < 8 * sent.length; bit += 1) {
    const damaged = Buffer.from(sent);
    damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    if (weightsOf(model, options, damaged).some(({ value }) => !good.has(value))) return false;
  }
  return true;
}
