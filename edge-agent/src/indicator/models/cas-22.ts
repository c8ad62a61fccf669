import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import type { MarkedFraming } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { unitField } from '../unit-field.ts';

const LENGTH = 22;
const DEVICE_AT = 6;
const LAMP_AT = 7;
const WEIGHT_AT = 9;
const UNIT_AT = 17;
const CR_AT = 20;

/** Where a frame can start is told by its headers and commas: device and lamp may be any byte, also a comma or LF. */
const headers = ['ST,GS,', 'ST,NT,', 'US,GS,', 'US,NT,', 'OL,GS,', 'OL,NT,', 'UL,GS,', 'UL,NT,'];
const framing: MarkedFraming = {
  kind: 'marked',
  maxBytes: LENGTH,
  startByte: null,
  frameAt(bytes, offset, end) {
    const header = textOf(bytes.subarray(offset, Math.min(end, offset + DEVICE_AT)));
    if (!headers.some((known) => known.startsWith(header))) return -1;
    if (end - offset > LAMP_AT + 1 && bytes[offset + LAMP_AT + 1] !== 0x2c) return -1;
    if (end - offset > CR_AT && bytes[offset + CR_AT] !== 0x0d) return -1;
    if (end - offset < LENGTH) return 0;
    return bytes[offset + CR_AT + 1] === 0x0a ? LENGTH : -1;
  },
};

const options = z.strictObject({
  /** Number of the indicator in the commands; it must be the one set at the indicator. */
  deviceId: z.coerce.number().int().min(0).max(99).default(1),
  /** `demand`: the indicator sends only when it is asked. */
  output: z.enum(['continuous', 'demand']).default('continuous'),
});

/**
 * CAS 22 bytes: `HH , KK , device lamp , w1..w8 SP unit2 CR LF`. The lamp byte has bit 7 set, so the line needs eight
 * data bits.
 * @see CAS CI-400, CI-150A and CI-600D manuals
 */
export const cas22 = defineModel({
  name: 'cas-22',
  usedBy: 'CAS CI series, Sewha SI-410 and SI-550',
  options,
  line: [with8N1(9600), with8N1(4800), with8N1(2400)],
  speak: ({ deviceId, output }) => {
    const command = (letter: string) => Buffer.from(`D${String(deviceId).padStart(2, '0')}K${letter}\r\n`);
    return {
      framing,
      decode(frame) {
        if (framing.frameAt(frame, 0, frame.length) !== LENGTH) return rejected('not the 22 bytes of CAS');
        const text = textOf(frame);
        const [device = 0, lamp = 0] = frame.subarray(DEVICE_AT, LAMP_AT + 1);
        if ((lamp & 0x80) === 0) return rejected('lamp byte without bit 7: the line needs eight data bits');
        const status = text.slice(0, 2);
        const fault = status === 'OL' ? 'overload' : status === 'UL' ? 'underload' : undefined;
        const value = columnNumber(text.slice(WEIGHT_AT, UNIT_AT));
        if (value === null && fault === undefined) return rejected('weight is not a number of eight columns');
        const unit = text[UNIT_AT] === ' ' ? unitField(text.slice(UNIT_AT, CR_AT)) : null;
        if (unit === null) return rejected('unit is no unit of mass');
        const lamps = lampsOf(lamp);
        return readingOf({
          fault,
          value,
          unit,
          stable: status === 'ST',
          mode: text.slice(3, 5) === 'NT' ? 'net' : 'gross',
          zero: lamps.zero,
          ...(lamps.hold ? { hold: true } : {}),
          details: { deviceId: device, lamp: lamps },
        });
      },
      commands: { zero: command('Z'), tare: command('T'), request: command('W') },
      ...(output === 'demand' ? { enquiry: command('W') } : {}),
    };
  },
});

function lampsOf(lamp: number) {
  const isLit = (bit: number) => (lamp & (1 << bit)) !== 0;
  return {
    stable: isLit(6),
    hold: isLit(4),
    printer: isLit(3),
    gross: isLit(2),
    tare: isLit(1),
    zero: isLit(0),
  };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
