import { z } from 'zod';

/** A PIN as a request gives it: it may be too short or wrong, and that is not told before it is tried. */
export const pinSchema = z.string().regex(/^\d{1,12}$/, 'must be digits');

/** What can be wrong with a new PIN. */
export type PinFault = 'not_six_digits' | 'too_simple';

const UP_AND_DOWN = ['01234567890123456789', '98765432109876543210'];

/** Why digits will not do as a PIN; null when they will. */
export function pinFaultOf(pin: string): PinFault | null {
  if (!/^\d{6,12}$/.test(pin)) return 'not_six_digits';
  const isRun = UP_AND_DOWN.some((digits) => digits.includes(pin));
  const isRepeated = /^(\d{1,6})\1+$/.test(pin);
  return isRun || isRepeated || new Set(pin).size < 3 ? 'too_simple' : null;
}

/** The fault in plain words. */
export function pinFaultText(fault: PinFault): string {
  switch (fault) {
    case 'not_six_digits':
      return 'A PIN has 6 to 12 digits and nothing else.';
    case 'too_simple':
      return 'This PIN is too easy to guess. Take one that is no row of digits such as 123456 and repeats nothing.';
  }
}
