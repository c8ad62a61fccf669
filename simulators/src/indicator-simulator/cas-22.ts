import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { requestText, requestToLf } from './request-length.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, shownOf, zeroedFieldOf } from './wire-weight.ts';

const options = z.strictObject({
  /** Number of the device; sent as the character 30h above it, so 1 is `1` and 13 is `=`. */
  deviceId: z.number().int().min(1).max(99).default(1),
  /** Bit 5 of the lamp byte: 1 on a CI-400 or CI-150A, 0 on a CI-600D. */
  lampBit5: z.union([z.literal(0), z.literal(1)]).default(1),
});
type Options = z.infer<typeof options>;

const COMMAND = /^D(\d\d)K([ZTGNW])$/;

/** Bit 7 is always 1, then from bit 6 down: stable, bit 5, hold, printer, gross, tare, zero. */
function lampsOf({ motion, net, tare, centreOfZero }: Indication, bit5: number): number {
  const lamps = [centreOfZero, tare !== 0, !net, false, false, bit5 === 1, !motion, true];
  return lamps.reduce((byte, lit, position) => byte | (Number(lit) << position), 0);
}

function encodeCas22(indication: Indication, { deviceId, lampBit5 }: Options): Uint8Array {
  const { outOfRange, motion, net, decimals, unit } = indication;
  const status = outOfRange ? 'OL' : motion ? 'US' : 'ST';
  const lamps = String.fromCharCode(0x30 + deviceId, lampsOf(indication, lampBit5));
  const weight = zeroedFieldOf(shownOf(indication), decimals, 8);
  return bytesOf(`${status},${net ? 'NT' : 'GS'},${lamps},${weight} ${unit}\r\n`);
}

/** CAS 22 bytes (CI-400 p. 104, CI-600D p. 75), needs 8 data bits. Commands `D id K letter`, echoed when done. */
export const cas22 = simulatedProtocol({
  name: 'cas-22',
  options,
  says: ['sign', 'decimals', 'unit', 'stable', 'mode', 'zero', 'overload', 'underload'],
  encode: encodeCas22,
  requestLength: requestToLf,
  answer(request, panel, chosen) {
    const [echo, id, letter] = COMMAND.exec(requestText(request)) ?? [];
    if (Number(id) !== chosen.deviceId) return null;
    if (letter === 'W') return encodeCas22(panel.indication, chosen);
    if (letter !== 'Z' && letter !== 'T') return null;
    return panel.press(letter === 'Z' ? 'zero' : 'tare') === 'done' ? bytesOf(`${echo}\r\n`) : null;
  },
});
