import { expect, test } from 'vitest';
import { indicatorOf } from '../models.ts';

test.each([
  ['request', '25050026:\r\n'],
  ['zero', '25100300:\r\n'],
  ['tare', '25100301:\r\n'],
] as const)('asks unit 5 to %s', (command, bytes) => {
  const { commands } = indicatorOf({ model: 'rinstrum-net', address: '5' });
  expect(Buffer.from(commands?.[command] ?? []).toString()).toBe(bytes);
});
