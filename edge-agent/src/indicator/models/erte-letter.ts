import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { letterLines } from '../letter-lines.ts';
import { defineModel, with8N1 } from '../model.ts';
import { numberField } from '../number-field.ts';
import { type Reading, rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';

/** Which of B and C is stable net and which is unstable gross is not proven, so they say neither. */
const letters: Readonly<Record<string, Pick<Reading, 'stable' | 'mode'>>> = {
  A: { stable: true, mode: 'gross' },
  B: { stable: null, mode: null },
  C: { stable: null, mode: null },
  D: { stable: false, mode: 'net' },
};

const options = z.strictObject({ unit: massUnitSchema.nullable().default(null) });

/**
 * Erte: `letter n1..n6 CR`; `E------` when there is no weight to show.
 * @see Erte B2 manual
 */
export const erteLetter = defineModel({
  name: 'erte-letter',
  usedBy: 'Erte B2',
  options,
  line: [with8N1(9600), with8N1(1200)],
  speak: ({ unit }) =>
    letterLines((letter, digits) => {
      if (letter === 'E')
        return readingOf({ fault: 'outOfRange', value: numberField(digits), unit, stable: false });
      const meaning = letters[letter];
      const value = numberField(digits);
      if (meaning === undefined || value === null) return rejected('no letter and weight of Erte');
      return readingOf({ value, unit, ...meaning });
    }),
});
