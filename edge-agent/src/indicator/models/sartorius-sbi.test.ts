import { expect, test } from 'vitest';
import { indicatorOf } from '../models.ts';

test.each([
  ['tare', '1b550d0a'],
  ['zero', '1b560d0a'],
  ['print', '1b500d0a'],
] as const)('SBI says %s with ESC and a letter: %s', (command, hex) => {
  expect(indicatorOf({ model: 'sartorius-sbi' }).commands?.[command]).toEqual(Buffer.from(hex, 'hex'));
});

test('the number of characters may come as a number', () => {
  expect(indicatorOf({ model: 'sartorius-sbi', variant: 22 }).framing.maxBytes).toBe(22);
});
