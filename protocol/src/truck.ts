import { z } from 'zod';

/** A truck's plate as typed. What was typed is kept; {@link truckKeyOf} says which truck it is. */
export const truckIdSchema = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} _-]{0,19}$/u, 'must be 1 to 20 letters, digits, spaces, - or _');

/** The same truck however its plate was typed: `77-421-03`, `77 421 03` and `7742103` are one. */
export function truckKeyOf(truck: string): string {
  return truck.normalize('NFKC').toUpperCase().replace(/[ _-]/g, '');
}
