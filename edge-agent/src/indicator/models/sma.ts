import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { delimitedFrames } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import type { Decoded } from '../reading.ts';
import { rejected } from '../reading.ts';
import { type Fault, readingOf } from '../reading-of.ts';
import { textDecoder, textWithin } from '../text-decoder.ts';
import { unitField } from '../unit-field.ts';

const LF = 0x0a;
const CR = 0x0d;

const options = z.strictObject({
  /** `noF`: without the reserved column, 19 bytes (Cardinal and Detecto 204). */
  variant: z.enum(['standard', 'noF']).default('standard'),
});

/** Cardinal says that `E` is a zero error and Flintec that the weight is not displayed: no weight either way. */
const faults: Readonly<Record<string, Fault>> = {
  O: 'overload',
  U: 'underload',
  E: { error: 'zeroError' },
  I: { error: 'initialZeroError' },
  T: { error: 'tareError' },
  e: { error: 'weightNotDisplayed' },
};
const modes: Readonly<Record<string, 'gross' | 'net' | 'tare'>> = {
  G: 'gross',
  g: 'gross',
  N: 'net',
  n: 'net',
  T: 'tare',
};

type Field = 'status' | 'range' | 'mode' | 'motion' | 'weight' | 'unit';
const marks = { start: '\n', end: '\r' };
const decoderOf = (reserved: string) =>
  textDecoder<Field>(
    marks,
    new RegExp(
      `^(?<status>[ ZOUEITe])(?<range>[1-9])(?<mode>[GNTgn])(?<motion>[ M])${reserved}(?<weight>[ \\d.-]{10})(?<unit>kg |lb |t  |tn |ton|g  |oz |   )$`,
    ),
    weightReading,
  );
const decoders = { standard: decoderOf('[ -~]'), noF: decoderOf('') };

/**
 * Scale Manufacturers Association SCP-0499: `LF s r n m f w(10) u(3) CR`, answers `LF xxx:text CR`, `LF recm CR`,
 * `LF ? CR` and `LF ! CR`.
 * @see Sartorius PR 5211 manual, pages 50 to 54; Fairbanks PR 5220 manual, pages 75 to 77
 */
export const sma = defineModel({
  name: 'sma',
  usedBy:
    'Sartorius and Minebea PR 5xxx, Fairbanks, B-TEK, Avery Weigh-Tronix ZM, Cardinal, Detecto and others in SMA mode',
  options,
  line: [with8N1(9600), with8N1(19200), with8N1(4800)],
  speak: ({ variant }) => ({
    framing: delimitedFrames({ startByte: LF, endByte: CR, maxBytes: 64 }),
    enquiry: command('W'),
    commands: {
      zero: command('Z'),
      tare: command('T'),
      clear_tare: command('C'),
      print: command('P'),
      request: command('W'),
    },
    decode(frame) {
      return answerOf(textWithin(frame, marks) ?? '') ?? decoders[variant](frame);
    },
  }),
});

function weightReading({
  status,
  range,
  mode,
  motion,
  weight,
  unit,
}: Readonly<Record<Field, string>>): Decoded {
  const fault = faults[status] ?? (/^-+$/.test(weight) ? { error: 'noWeight' } : undefined);
  const value = columnNumber(weight);
  if (value === null && fault === undefined) return rejected('weight is not a number');
  return readingOf({
    value,
    unit: unit === 'ton' ? 'tn' : unitField(unit),
    stable: motion === ' ',
    mode: modes[mode] ?? null,
    zero: status === 'Z',
    range: Number(range),
    fault,
    ...(mode === 'g' || mode === 'n' ? { highResolution: true } : {}),
  });
}

/** An answer that is no weight; null for anything else. */
function answerOf(text: string): Decoded | null {
  if (text === '?') return { kind: 'answer', facts: { error: 'unrecognisedCommand' } };
  if (text === '!') return { kind: 'answer', facts: { error: 'communicationError' } };
  const [, about, aboutText] = /^([A-Z]{2,3}) ?:([ -~]*)$/.exec(text) ?? [];
  if (about !== undefined && aboutText !== undefined)
    return { kind: 'answer', facts: { about, text: aboutText } };
  const [diagnostics, ram, eeprom, calibration] = /^([R ])([E ])([C ]) $/.exec(text) ?? [];
  if (diagnostics === undefined) return null;
  return {
    kind: 'answer',
    facts: { failed: { ram: ram === 'R', eeprom: eeprom === 'E', calibration: calibration === 'C' } },
  };
}

function command(letter: string): Uint8Array {
  return Buffer.from(`\n${letter}\r`);
}
