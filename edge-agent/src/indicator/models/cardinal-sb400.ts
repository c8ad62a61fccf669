import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { type Fault, readingOf } from '../reading-of.ts';
import { textDecoder } from '../text-decoder.ts';
import { unitField } from '../unit-field.ts';

const ENQ = 0x05;

const options = z.strictObject({
  /** Whether the indicator's set-up adds the decimal point to the six digits. */
  decimalPoint: z.enum(['sent', 'omitted']).default('sent'),
});

const faults: Readonly<Record<string, Fault>> = {
  OC: 'overload',
  BZ: 'underload',
  ee: { error: 'weightNotDisplayed' },
  EE: { error: 'weightNotDisplayed' },
};

type Field = 'sign' | 'weight' | 'unit' | 'mode' | 'status';
const rest = '(?<unit>kg|lb|tn|t |oz|g )(?<mode>[GN])(?<status>  |OC|CZ|MO|BZ|ee|EE)$';
const unusable = '(?=..[GN](?:OC|BZ|ee|EE))';
const forms = {
  sent: new RegExp(`^(?<sign>[ -])(?<weight>(?=\\d*\\.)[\\d.]{7}|.{7}${unusable})${rest}`),
  omitted: new RegExp(`^(?<sign>[ -])(?<weight>\\d{6}|.{6}${unusable})${rest}`),
};

/**
 * Cardinal SB-400 scoreboard: `s xxxxxx d uu m cc CR`, six digits with the point within or behind them. One field for
 * over capacity `OC`, centre of zero `CZ`, motion `MO`, below zero `BZ` and not displayed `ee`: with any of the others
 * the centre of zero is not known.
 * @see Cardinal 225 manual, pages 117 to 122; Cardinal 200 series, page 27; Cardinal 190, page 65 (weight on demand)
 */
export const cardinalSb400 = defineModel({
  name: 'cardinal-sb400',
  usedBy: 'Cardinal and Detecto 190 to 225 and their SB and RD scoreboards',
  options,
  line: [with8N1(9600)],
  speak: ({ decimalPoint }) => ({
    framing: { kind: 'lines', terminator: '\r', maxBytes: 14 },
    enquiry: Uint8Array.of(ENQ),
    commands: { request: Uint8Array.of(ENQ) },
    decode: textDecoder<Field>({ end: '\r' }, forms[decimalPoint], ({ sign, weight, unit, mode, status }) => {
      const fault = faults[status];
      const value = columnNumber(sign + weight);
      if (value === null && fault === undefined) return rejected('weight is not a number');
      return readingOf({
        value,
        unit: unitField(unit),
        stable: status !== 'MO',
        mode: mode === 'G' ? 'gross' : 'net',
        zero: status === 'CZ' ? true : status === '  ' ? false : null,
        fault,
      });
    }),
  }),
});
