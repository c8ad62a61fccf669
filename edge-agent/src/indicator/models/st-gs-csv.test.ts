import { expect, test } from 'vitest';
import { indicatorOf } from '../models.ts';

test.each([
  ['dini-argeo', 'clear_tare', '434c4541520d0a'],
  ['dini-argeo', 'request', '524541440d0a'],
  ['a-and-d', 'zero', '4d5a0d0a'],
  ['a-and-d', 'clear_tare', '43540d0a'],
  ['a-and-d', 'request', '52570d0a'],
] as const)('%s says %s as %s', (commandSet, command, hex) => {
  const { commands } = indicatorOf({ model: 'st-gs-csv', commandSet });
  expect(commands?.[command]).toEqual(Buffer.from(hex, 'hex'));
});

test('only an indicator that waits for a demand is asked', () => {
  expect(indicatorOf({ model: 'st-gs-csv' })).not.toHaveProperty('enquiry');
  expect(indicatorOf({ model: 'st-gs-csv', output: 'demand' }).enquiry).toEqual(Buffer.from('READ\r\n'));
});

test('a make of unknown commands is sent none', () => {
  expect(indicatorOf({ model: 'st-gs-csv', commandSet: 'none', output: 'demand' }).commands).toEqual({});
});
