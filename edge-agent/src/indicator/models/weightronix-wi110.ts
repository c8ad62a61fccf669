import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { textDecoder } from '../text-decoder.ts';
import { unitField } from '../unit-field.ts';

/**
 * Weigh-Tronix WI-110: `m SP s w SP uu CR LF`. The weight has six columns; the five of another manual are taken only when
 * all are filled, so that six columns that lost a digit are not mistaken for them. It has no motion flag.
 * @see Weigh-Tronix WI-110 format in the manuals of Cardinal and Western
 */
export const weightronixWi110 = defineModel({
  name: 'weightronix-wi110',
  usedBy: 'Weigh-Tronix WI-110; Cardinal and Western in WI-110 mode',
  options: z.strictObject({}),
  line: [with8N1(9600)],
  speak: () => ({
    framing: { kind: 'lines', terminator: '\r\n', maxBytes: 14 },
    decode: textDecoder<'mode' | 'sign' | 'weight' | 'unit'>(
      { end: '\r\n' },
      /^(?<mode>[GN]) (?<sign>[ -])(?<weight>[ \d.]{6}|[\d.]{5}) (?<unit>kg|lb|tn|t |oz|g )$/,
      ({ mode, sign, weight, unit }) => {
        const value = columnNumber(sign + weight);
        if (value === null) return rejected('weight is not a number');
        return readingOf({
          value,
          unit: unitField(unit),
          stable: null,
          mode: mode === 'G' ? 'gross' : 'net',
        });
      },
    ),
  }),
});
