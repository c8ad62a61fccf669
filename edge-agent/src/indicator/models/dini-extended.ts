import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { crLfLines } from '../cr-lf-lines.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { unitField } from '../unit-field.ts';

const linePattern = /^(\d{2})?(\d)(ST|US|OL|UL|TL),(.{10}),(PT| {2})(.{10}),(.{10}),([A-Za-z ]{2})$/;
const faults = { OL: 'overload', UL: 'underload', TL: { error: 'notLevel' } } as const;

const options = z.strictObject({
  /** `demand`: the indicator sends only when it is asked with `REXT`. */
  output: z.enum(['continuous', 'demand']).default('continuous'),
});

/**
 * Extended string of Dini Argeo: `[address] scale HH , net10 , PT tare10 , pieces10 , unit2 CR LF`; two blanks stand for
 * `PT` when the tare was weighed.
 * @see Dini Argeo 3590EXP page 65, DGT4X page 52
 */
export const diniExtended = defineModel({
  name: 'dini-extended',
  usedBy: 'Dini Argeo in the extended string',
  options,
  line: [with8N1(9600)],
  speak: ({ output }) => ({
    ...crLfLines(48, (text) => {
      const match = linePattern.exec(text);
      if (match === null) return rejected('no extended string of Dini Argeo');
      const [
        ,
        address,
        scale,
        status = '',
        netText = '',
        preset,
        tareText = '',
        piecesText = '',
        unitText = '',
      ] = match;
      const fault = status in faults ? faults[status as keyof typeof faults] : undefined;
      const value = columnNumber(netText);
      const tare = columnNumber(tareText);
      const unit = unitField(unitText);
      if (value === null && fault === undefined) return rejected('net weight is not a number of ten columns');
      if (tare === null) return rejected('tare is not a number of ten columns');
      if (columnNumber(piecesText) === null) return rejected('pieces are not a number of ten columns');
      if (unit === null) return rejected('unit is no unit of mass');
      return readingOf({
        fault,
        value,
        unit,
        stable: status === 'ST',
        mode: 'net',
        tare,
        presetTare: preset === 'PT',
        details: { scale: Number(scale), ...(address === undefined ? {} : { address }) },
      });
    }),
    commands: {
      zero: Buffer.from('ZERO\r\n'),
      tare: Buffer.from('TARE\r\n'),
      clear_tare: Buffer.from('CLEAR\r\n'),
      request: Buffer.from('REXT\r\n'),
    },
    ...(output === 'demand' ? { enquiry: Buffer.from('REXT\r\n') } : {}),
  }),
});
