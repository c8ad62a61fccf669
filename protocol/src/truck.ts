import { z } from 'zod';

/** A truck's plate as typed. What was typed is kept; {@link truckKeyOf} says which truck it is. */
export const truckIdSchema = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} _-]{0,19}$/u, 'must be 1 to 20 letters, digits, spaces, - or _');

/** First digit of each set that Arabic and Persian keyboards type. */
const zeros = [0x0660, 0x06f0];

/** The same truck however its plate was typed: `77-421-03`, `77 421 03`, `7742103` and `٧٧-٤٢١-٠٣` are one. */
export function truckKeyOf(truck: string): string {
  const western = truck.replace(/[٠-٩۰-۹]/g, (digit) => {
    const code = digit.charCodeAt(0);
    return String(code - (zeros.findLast((zero) => zero <= code) ?? code));
  });
  return western.normalize('NFKC').toUpperCase().replace(/[ _-]/g, '');
}
