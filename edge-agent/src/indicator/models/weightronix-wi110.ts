import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { textDecoder } from '../text-decoder.ts';
import { unitField } from '../unit-field.ts';

/**
 * Weigh-Tronix WI-110: `m SP s w(6) SP uu CR LF`. It has no motion flag and none for out of range.
 * @see Weigh-Tronix WI-110 format in the manuals of Cardinal and Western
 */
export const weightronixWi110 = defineModel({
  name: 'weightronix-wi110',
  usedBy: 'Weigh-Tronix WI-110; Cardinal and Western in WI-110 mode',
  options: z.strictObject({
    /** The manuals disagree; five columns are six that lost one, so only one length can be right. */
    numberColumns: z.coerce.number().int().min(5).max(6).default(6),
  }),
  line: [with8N1(9600)],
  speak: ({ numberColumns }) => ({
    framing: { kind: 'lines', terminator: '\r\n', maxBytes: 14 },
    decode: textDecoder<'mode' | 'sign' | 'weight' | 'unit'>(
      { end: '\r\n' },
      /^(?<mode>[GN]) (?<sign>[ +-])(?<weight>[ \d.]+) (?<unit>kg|lb|tn|t |oz|g )$/,
      ({ mode, sign, weight, unit }) => {
        const value = columnNumber(sign + weight);
        if (value === null || weight.length !== numberColumns)
          return rejected('weight is not a number of the right length');
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
