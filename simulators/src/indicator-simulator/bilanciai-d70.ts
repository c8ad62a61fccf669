import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, grossOf, isOver, shownOf, textOf } from './wire-weight.ts';

/** OIML R 76-1 table 3: Min of class III is 20 intervals. */
const MIN_INTERVALS = 20;

/** Four bits as one hex digit, bit 0 first. */
function nibbleOf(...bits: readonly boolean[]): string {
  return bits
    .reduce((value, bit, position) => value | (Number(bit) << position), 0)
    .toString(16)
    .toUpperCase();
}

function statusOf(indication: Indication): string {
  const { interval, centreOfZero, motion, outOfRange, tare } = indication;
  const belowMinimum = Math.abs(grossOf(indication)) < MIN_INTERVALS * interval;
  return [
    nibbleOf(belowMinimum, false, false, centreOfZero),
    nibbleOf(false, !motion, isOver(indication), false),
    nibbleOf(tare !== 0, false, outOfRange, false),
    nibbleOf(true, false, false, false),
  ].join('');
}

/**
 * Bilanciai D70 and D800, extended string (DD700 p. 7-8): `$`, net and tare in nine characters each, unit, four hex digits of
 * status: below minimum and centre of zero; stable and overload; tare and invalid; approved.
 */
export const bilanciaiD70 = simulatedProtocol({
  name: 'bilanciai-d70',
  options: z.strictObject({}),
  says: ['sign', 'decimals', 'unit', 'stable', 'zero', 'overload', 'out of range', 'tare'],
  encode(indication) {
    const { decimals, tare, unit } = indication;
    const net = fieldOf(textOf(shownOf(indication), decimals), 9);
    return bytesOf(`$${net} ${fieldOf(textOf(tare, decimals), 9)} ${unit} ${statusOf(indication)}\r\n`);
  },
});
