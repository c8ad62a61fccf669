import { expect, test } from 'vitest';
import { indicatorOf } from '../models.ts';

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

test('asks for the gross weight as the DS3 manual writes it', () => {
  const { enquiry } = indicatorOf({ model: 'yaohua-command' });
  expect(hex(enquiry)).toBe('024142303303');
});

test('zeroes an XK3190-A22 as its manual writes it', () => {
  const { commands } = indicatorOf({ model: 'yaohua-command', letters: 'a22' });
  expect(hex(commands?.zero)).toBe('024130373103');
  expect(commands?.tare).toBeUndefined();
});

test.each([
  ['keli', 'zero', 'H', '09'],
  ['optima', 'zero', 'Z', '1B'],
  ['optima', 'tare', 'T', '15'],
] as const)('%s is asked to %s with %s', (letters, command, letter, check) => {
  const { commands } = indicatorOf({ model: 'yaohua-command', letters });
  expect(Buffer.from(commands?.[command] ?? []).toString('latin1')).toBe(`\x02A${letter}${check}\x03`);
});

test('a blank stands for no address', () => {
  expect(hex(indicatorOf({ model: 'yaohua-command', address: ' ' }).enquiry)).toBe('022042363203');
});
