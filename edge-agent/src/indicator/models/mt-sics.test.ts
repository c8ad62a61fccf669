import { expect, test } from 'vitest';
import { indicatorOf } from '../models.ts';

test('MT-SICS commands are upper case and end in CR LF', () => {
  expect(indicatorOf({ model: 'mt-sics' }).commands).toEqual({
    zero: Buffer.from('5a0d0a', 'hex'),
    tare: Buffer.from('540d0a', 'hex'),
    clear_tare: Buffer.from('5441430d0a', 'hex'),
    request: Buffer.from('53490d0a', 'hex'),
  });
});

test.each([
  [{}, '53490d0a'],
  [{ enquiry: 'S' }, '530d0a'],
  [{ enquiry: 'SIR' }, '5349520d0a'],
])('a weight is asked for with %j as %s', (options, hex) => {
  expect(indicatorOf({ model: 'mt-sics', ...options }).enquiry).toEqual(Buffer.from(hex, 'hex'));
});

test('nothing is asked of an indicator that sends by itself', () => {
  expect(indicatorOf({ model: 'mt-sics', enquiry: 'none' })).not.toHaveProperty('enquiry');
});
