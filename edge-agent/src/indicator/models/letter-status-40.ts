import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { letterLines } from '../letter-lines.ts';
import { defineModel, with8N1 } from '../model.ts';
import { numberField } from '../number-field.ts';
import { type Reading, rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';

/** 40h and two bits: 4 stable, 2 zero. */
const letters: Readonly<Record<string, Pick<Reading, 'stable' | 'zero'>>> = {
  '@': { stable: false, zero: false },
  B: { stable: false, zero: true },
  D: { stable: true, zero: false },
  F: { stable: true, zero: true },
};

const options = z.strictObject({ unit: massUnitSchema.nullable().default(null) });

/**
 * `letter n1..n6 CR` of a make nobody named. The bits of the letter are a hypothesis from captures: prove motion and
 * zero on site before use.
 * @see captures of two weighbridges in pietrospam/serial-weight-reader
 */
export const letterStatus40 = defineModel({
  name: 'letter-status-40',
  usedBy: 'an unnamed make, known from captures only',
  options,
  line: [with8N1(1200), with8N1(9600)],
  speak: ({ unit }) =>
    letterLines((letter, digits) => {
      const meaning = letters[letter];
      const value = numberField(digits);
      if (meaning === undefined || value === null) return rejected('no letter and weight of this format');
      return readingOf({ value, unit, ...meaning });
    }),
});
