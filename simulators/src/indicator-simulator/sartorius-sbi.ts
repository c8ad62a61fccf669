import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, isOver, magnitudeOf, shownOf } from './wire-weight.ts';

const ESC = 0x1b;
const TEXT_WIDTH = 14;

const options = z.strictObject({
  /** 22 puts six characters in front that say what the value is. */
  characters: z.union([z.literal(16), z.literal(22)]).default(16),
  /** How it says that the load is out of range: `High` and `Low`, or `H` and `L` on older balances. */
  special: z.enum(['words', 'letters']).default('words'),
});
type Options = z.infer<typeof options>;

const SPECIALS = { words: { over: 'High', under: 'Low' }, letters: { over: 'H', under: 'L' } };

/** Blank for nothing, as zero has no sign. */
function signOf(counts: number): string {
  if (counts === 0) return ' ';
  return counts < 0 ? '-' : '+';
}

function encodeSbi(indication: Indication, { characters, special }: Options): Uint8Array {
  const { outOfRange, motion, net, unit } = indication;
  const id = outOfRange ? 'Stat' : net ? 'N' : 'G#';
  const text = outOfRange
    ? `      ${SPECIALS[special][isOver(indication) ? 'over' : 'under']}`.padEnd(TEXT_WIDTH)
    : `${signOf(shownOf(indication))}${fieldOf(magnitudeOf(indication), 9)} ${(motion ? '' : unit).padEnd(3)}`;
  return bytesOf(`${characters === 22 ? id.padEnd(6) : ''}${text}\r\n`);
}

/**
 * Sartorius SBI (GC803S p. 57, Quintix p. 87, Combics p. 98): sign, nine characters, blank, unit. While the weight moves the
 * unit is blank. ESC P prints, ESC T and U tare, ESC V zeroes.
 */
export const sartoriusSbi = simulatedProtocol({
  name: 'sartorius-sbi',
  options,
  says: ({ characters }) => [
    'sign',
    'decimals',
    'unit',
    'stable',
    'overload',
    'underload',
    ...(characters === 22 ? (['mode'] as const) : []),
  ],
  encode: encodeSbi,
  requestLength: (received) =>
    received[0] === ESC ? (received.length < 2 ? 0 : 2) : Math.min(1, received.length),
  answer(request, panel, chosen) {
    const letter = request[0] === ESC ? String.fromCharCode(request[1] ?? 0) : '';
    if (letter === 'P') return encodeSbi(panel.indication, chosen);
    if (letter === 'T' || letter === 'U') panel.press('tare');
    if (letter === 'V') panel.press('zero');
    return null;
  },
});
