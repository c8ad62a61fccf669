import { describe, expect, test } from 'vitest';
import { modelNamed } from '../models.ts';
import { type OptionEvidence, optionProofsOf } from './option-proof.ts';

const modelOf = (name: string) => {
  const model = modelNamed(name);
  if (model === undefined) throw new Error(name);
  return model;
};
const many = (text: string) => Buffer.from(text.repeat(10), 'latin1');
const weighed = (text: string, kg: number | null, toleranceKg = 10): OptionEvidence => ({
  bytes: many(text),
  truth: kg === null ? null : { grossG: kg * 1000, toleranceG: toleranceKg * 1000 },
});
const resultOf = (
  name: string,
  options: Record<string, unknown>,
  option: string,
  evidence: OptionEvidence[],
) => optionProofsOf(modelOf(name), options, evidence).options.find((one) => one.option === option)?.result;

describe('an option', () => {
  test('is proven by a known weight that every other value would have read wrong', () => {
    const evidence = [weighed('=00000.00', 0), weighed('=02000.00', 2000)];
    expect(resultOf('yaohua-eq', { order: 'forward', unit: 'kg' }, 'order', evidence)).toBe('proven');
    expect(resultOf('yaohua-eq', { order: 'forward', unit: 'kg' }, 'unit', evidence)).toBe('proven');
    expect(resultOf('yaohua-eq', { order: 'reversed', unit: 'kg' }, 'order', evidence)).toBe('not_proven');
  });

  test('is not proven by zero, however often it is seen', () => {
    const evidence = [weighed('=00000.00', 0), weighed('=00000.00', 0)];
    expect(resultOf('yaohua-eq', { order: 'forward', unit: 'kg' }, 'order', evidence)).toBe('not_proven');
  });

  test('is not proven by bytes of which nobody knows what they mean', () => {
    const evidence = [weighed('=02000.00', null)];
    expect(resultOf('yaohua-eq', { order: 'forward', unit: 'kg' }, 'order', evidence)).toBe('not_proven');
  });

  test('is not proven by a weight that reads the same both ways', () => {
    const evidence = [weighed('=00220.022', 22, 200)].map((one) => ({ ...one, bytes: many('=2200.022') }));
    expect(resultOf('yaohua-eq', { order: 'forward', unit: 'kg' }, 'order', evidence)).not.toBe('proven');
  });

  test('that changes nothing in what was seen is without effect, and only with a known weight', () => {
    const line = 'ST,GS,    2000,kg\r\n';
    expect(resultOf('st-gs-csv', {}, 'output', [weighed(line, 2000)])).toBe('without_effect');
    expect(resultOf('st-gs-csv', {}, 'output', [weighed('ST,GS,       0,kg\r\n', 0)])).toBe('not_proven');
  });

  test('a unit that is not set is not proven, and the one that fits the known weight is found', () => {
    const proofs = optionProofsOf(modelOf('yaohua-eq'), { order: 'forward' }, [weighed('=00002.00', 2000)]);
    expect(proofs.options.find(({ option }) => option === 'unit')?.result).toBe('not_proven');
    expect(proofs.isConfiguredAgreeing).toBe(false);
    expect(proofs.agreeing).toEqual([{ order: 'forward', unit: 't' }]);
  });
});
