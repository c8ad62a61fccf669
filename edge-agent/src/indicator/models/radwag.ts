import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { crLfLines } from '../cr-lf-lines.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { unitField } from '../unit-field.ts';

/** The command is padded to three or four columns; everything behind it stands in fixed columns from the right. */
const weightPattern = /^(?=.{19,20}$)(S|SI|SU|SUI) *([ ?^v]) ([- ])(.{9}) (.{3})$/;
const acknowledgementPattern = /^(S|SI|SU|SUI|Z|T|OT|UT|C0|C1|CU0|CU1) ([ADEIv^])$/;
const faults: Readonly<Record<string, 'overload' | 'underload'>> = { '^': 'overload', v: 'underload' };

const options = z.strictObject({
  /** `demand`: the indicator sends only when it is asked with `SI`. */
  output: z.enum(['continuous', 'demand']).default('continuous'),
});

/**
 * Radwag: `command stability SP sign m1..m9 SP unit3 CR LF`. A command is answered twice: `S A` says it was understood.
 * @see Radwag PUE C41H page 144, PS series page 82, WTC page 48
 */
export const radwag = defineModel({
  name: 'radwag',
  usedBy: 'Radwag indicators and scales, KERN with the same commands',
  options,
  line: [with8N1(9600), with8N1(4800), with8N1(19200)],
  speak: ({ output }) => ({
    ...crLfLines(22, (text) => {
      const weight = weightPattern.exec(text);
      if (weight === null) {
        if (text === 'ES') return { kind: 'answer', facts: { error: 'syntax' } };
        const [, ack, code = ''] = acknowledgementPattern.exec(text) ?? [];
        return ack === undefined ? rejected('no answer of Radwag') : { kind: 'answer', facts: { ack, code } };
      }
      const [, , stability = '', sign = '', columns = '', unitText = ''] = weight;
      const fault = faults[stability];
      const value = columnNumber(sign + columns);
      if (value === null && fault === undefined) return rejected('mass is not a number of nine columns');
      const unit = unitField(unitText);
      if (unit === null) return rejected('unit is no unit of mass');
      return readingOf({ fault, value, unit, stable: stability === ' ' });
    }),
    commands: { zero: Buffer.from('Z\r\n'), tare: Buffer.from('T\r\n'), request: Buffer.from('SI\r\n') },
    ...(output === 'demand' ? { enquiry: Buffer.from('SI\r\n') } : {}),
  }),
});
