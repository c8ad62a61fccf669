import { expect, test } from 'vitest';
import { chooseScale } from './choose-scale.ts';

const [north, south] = [{ id: 'north' }, { id: 'south' }];

test('the only scale need not be named', () => {
  expect(chooseScale([north], null)).toEqual({ kind: 'chosen', scale: north });
});

test('among several scales none is guessed', () => {
  expect(chooseScale([north, south], null)).toMatchObject({
    refusal: { code: 'scale_missing', known: ['north', 'south'] },
  });
  expect(chooseScale([north, south], 'south')).toEqual({ kind: 'chosen', scale: south });
});

test('a scale that is not here is refused', () => {
  expect(chooseScale([north], 'west')).toMatchObject({ refusal: { code: 'unknown_scale', scaleId: 'west' } });
});
