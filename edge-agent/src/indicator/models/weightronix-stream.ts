import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { textDecoder } from '../text-decoder.ts';
import { unitField } from '../unit-field.ts';

const options = z.strictObject({ terminator: z.enum(['crlf', 'cr']).default('crlf') });

const endOf = { crlf: '\r\n', cr: '\r' } as const;

/**
 * Weigh-Tronix WI-120 stream: `SP G|N +|- w(6) SP uu CR LF`, leading zeros sent, the point within the six columns. The
 * manuals show the mode in upper and in lower case. It has no motion flag and none for out of range.
 * @see Rice Lake 680 Synergy Plus manual, page 70 (`wtronix`); Rice Lake 920i V1.05, page 100
 */
export const weightronixStream = defineModel({
  name: 'weightronix-stream',
  usedBy: 'Weigh-Tronix WI-120; Rice Lake 380, 680, 682 and 920i in Weigh-Tronix mode',
  options,
  line: [with8N1(9600)],
  speak: ({ terminator }) => ({
    framing: { kind: 'lines', terminator: endOf[terminator], maxBytes: 14 },
    decode: textDecoder<'mode' | 'sign' | 'weight' | 'unit'>(
      { end: endOf[terminator] },
      /^ (?<mode>[GNgn])(?<sign>[+-])(?<weight>[\d.]{6}) (?<unit>kg|lb|tn|t |oz|g | {2})$/,
      ({ mode, sign, weight, unit }) => {
        const value = columnNumber(sign + weight);
        if (value === null) return rejected('weight is not a number');
        return readingOf({
          value,
          unit: unitField(unit),
          stable: null,
          mode: mode.toLowerCase() === 'g' ? 'gross' : 'net',
        });
      },
    ),
  }),
});
