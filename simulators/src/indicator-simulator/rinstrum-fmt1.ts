import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, isOver, magnitudeOf } from './wire-weight.ts';

function statusOf(indication: Indication): string {
  if (indication.outOfRange) return isOver(indication) ? 'O' : 'U';
  if (indication.motion) return 'M';
  return indication.net ? 'N' : 'G';
}

/** Rinstrum FMT_1 (R320 p. 46): STX, sign, seven characters, one status letter, ETX. While it moves, gross or net is hidden. */
export const rinstrumFmt1 = simulatedProtocol({
  name: 'rinstrum-fmt1',
  options: z.strictObject({}),
  says: ['sign', 'decimals', 'stable', 'mode', 'overload', 'underload'],
  encode: (indication) =>
    bytesOf(
      `\x02${indication.negative ? '-' : ' '}${fieldOf(magnitudeOf(indication), 7)}${statusOf(indication)}\x03`,
    ),
});
