import type { MassUnit } from '@weighgate/protocol';
import { z } from 'zod';

/** What the letter T stands for: a short ton at Rice Lake, a tonne at Rinstrum, tons or gallons at Fairbanks. */
export const letterT = z.enum(['t', 'tn']).nullable().default(null);

/** The unit of a one-letter column; null for a blank one, and for a T that the configuration does not explain. */
export function unitOfLetter(letter: string, meaningOfT: z.infer<typeof letterT>): MassUnit | null {
  switch (letter) {
    case 'L':
      return 'lb';
    case 'K':
      return 'kg';
    case 'G':
      return 'g';
    case 'O':
      return 'oz';
    case 'T':
      return meaningOfT;
    default:
      return null;
  }
}
