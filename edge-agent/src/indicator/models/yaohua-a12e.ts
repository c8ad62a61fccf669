import { z } from 'zod';
import { bareWeight } from '../bare-weight.ts';
import { defineModel, with8N1 } from '../model.ts';
import { numberField } from '../number-field.ts';
import { rejected } from '../reading.ts';
import { unitField } from '../unit-field.ts';
import { hasXorCheck } from '../xor-check.ts';

const LENGTH = 15;
const CHECK_AT = 11;
const modes: Readonly<Record<string, 'gross' | 'net'>> = { WG: 'gross', WN: 'net' };

/**
 * Yaohua XK3190-A12E: `W G|N w7 uu XH XL CR LF`, the check is the XOR of the first eleven. Above Max + 9 e it sends nine
 * blanks and `OL` instead, under -20 d nine blanks and `LO`.
 * @see XK3190-A12E manual
 */
export const yaohuaA12e = defineModel({
  name: 'yaohua-a12e',
  usedBy: 'Yaohua XK3190-A12E',
  options: z.strictObject({}),
  line: [with8N1(9600), with8N1(4800), with8N1(1200)],
  speak: () => ({
    framing: { kind: 'lines', terminator: '\r\n', maxBytes: LENGTH },
    decode(frame) {
      if (frame.length !== LENGTH || !hasXorCheck(frame, 0, CHECK_AT))
        return rejected('check does not agree');
      const text = Buffer.from(frame).toString('latin1');
      const unusable = text.slice(0, CHECK_AT);
      if (unusable === `${' '.repeat(9)}OL`) return outOfWeighing({ overload: true, underload: false });
      if (unusable === `${' '.repeat(9)}LO`) return outOfWeighing({ overload: false, underload: true });
      const mode = modes[text.slice(0, 2)];
      const unit = unitField(text.slice(9, CHECK_AT));
      if (mode === undefined || unit === null) return rejected('no line of this format');
      return bareWeight(numberField(text.slice(2, 9)), unit, { mode });
    },
  }),
});

function outOfWeighing(flags: { overload: boolean; underload: boolean }) {
  return {
    kind: 'reading' as const,
    reading: { value: null, unit: null, stable: false, ...flags, mode: null, zero: null },
  };
}
