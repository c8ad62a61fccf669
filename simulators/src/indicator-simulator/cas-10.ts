import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, shownOf, zeroedFieldOf } from './wire-weight.ts';

/** CAS 10 bytes (CI-600D p. 75): 8 characters and CR LF, nothing else. Out of range it has nothing to say. */
export const cas10 = simulatedProtocol({
  name: 'cas-10',
  options: z.strictObject({}),
  says: ['sign', 'decimals'],
  encode: (indication) =>
    indication.outOfRange
      ? null
      : bytesOf(`${zeroedFieldOf(shownOf(indication), indication.decimals, 8)}\r\n`),
});
