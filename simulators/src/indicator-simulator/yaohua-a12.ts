import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { requestOfOneByte } from './request-length.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, shownOf, zeroedFieldOf } from './wire-weight.ts';

const KEYS = new Map([
  ['T', 'tare'],
  ['Z', 'zero'],
] as const);

function encodeA12(indication: Indication): Uint8Array | null {
  const { net, outOfRange, decimals, unit } = indication;
  if (outOfRange) return null;
  return bytesOf(`w${net ? 'n' : 'w'}${zeroedFieldOf(shownOf(indication), decimals, 7)}${unit}\r\n`);
}

/** Yaohua XK3190-A12: `ww000.000kg`, `wn` for net; R reads, T tares, Z zeroes. No status: silent out of range. */
export const yaohuaA12 = simulatedProtocol({
  name: 'yaohua-a12',
  options: z.strictObject({}),
  says: ['sign', 'decimals', 'unit', 'mode'],
  encode: encodeA12,
  requestLength: requestOfOneByte,
  answer(request, panel) {
    const letter = String.fromCharCode(request[0] ?? 0);
    for (const [command, button] of KEYS) if (command === letter) panel.press(button);
    return letter === 'R' ? encodeA12(panel.indication) : null;
  },
});
