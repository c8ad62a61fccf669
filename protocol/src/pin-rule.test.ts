import { expect, test } from 'vitest';
import { pinFaultOf } from './pin-rule.ts';

test.each(['12345', '', '1234567890123', '12345a', '١٢٣٤٥٦', ' 123456', '271828\n'])(
  'PIN %j has not six digits',
  (pin) => expect(pinFaultOf(pin)).toBe('not_six_digits'),
);

test.each(['000000', '123456', '654321', '890123', '121212', '123123', '112211', '9999999', '1234567890'])(
  'PIN %s is too simple',
  (pin) => expect(pinFaultOf(pin)).toBe('too_simple'),
);

test.each(['271828', '314159', '907346', '1357924680'])('PIN %s will do', (pin) =>
  expect(pinFaultOf(pin)).toBeNull(),
);
