import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { crLfLines } from '../cr-lf-lines.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';

const options = z.strictObject({ unit: massUnitSchema.nullable().default(null) });

/**
 * CAS 10 bytes: `w1..w8 CR LF`, the number at the right end and nothing else. Out of range the columns are blank.
 * @see CAS CI-400, CI-150A and CI-600D manuals
 */
export const cas10 = defineModel({
  name: 'cas-10',
  usedBy: 'CAS CI series in the 10-byte format',
  options,
  line: [with8N1(9600), with8N1(4800), with8N1(2400)],
  speak: ({ unit }) =>
    crLfLines(10, (text) => {
      const value = text.length === 8 ? columnNumber(text) : null;
      if (value === null) return rejected('weight is not a number of eight columns');
      return readingOf({ value, unit, stable: null });
    }),
});
