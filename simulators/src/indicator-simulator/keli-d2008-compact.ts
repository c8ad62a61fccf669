import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, countsOf, fieldOf } from './wire-weight.ts';

/** Keli D2008 compact: STX, sign, six digits; no point, no check, no end. Silent out of range. */
export const keliD2008Compact = simulatedProtocol({
  name: 'keli-d2008-compact',
  options: z.strictObject({}),
  says: ['sign'],
  encode: (indication) =>
    indication.outOfRange
      ? null
      : bytesOf(`\x02${indication.negative ? '-' : '+'}${fieldOf(String(countsOf(indication)), 6, '0')}`),
});
