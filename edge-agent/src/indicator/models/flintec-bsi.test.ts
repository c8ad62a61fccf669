import { expect, test } from 'vitest';
import { indicatorOf } from '../models.ts';

test('a command carries the address and the check characters printed in the manual', () => {
  const { commands } = indicatorOf({ model: 'flintec-bsi', address: 1, checksum: 'bsi' });
  expect(commands?.print).toEqual(Buffer.from('01P4F\r\n'));
});

test('an indicator at address 00 is asked without one', () => {
  expect(indicatorOf({ model: 'flintec-bsi' }).enquiry).toEqual(Buffer.from('I\r\n'));
});
