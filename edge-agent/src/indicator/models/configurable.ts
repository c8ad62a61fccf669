import { createHash } from 'node:crypto';
import { z } from 'zod';
import { hasChecksum } from '../checksum.ts';
import { type DefinedFacts, type Definition, definitionSchema } from '../definition.ts';
import { delimitedFrames, type Framing, fixedFrames } from '../framing.ts';
import { type Dialect, defineModel, with7E1, with8N1 } from '../model.ts';
import { numberField, numberOfDigits } from '../number-field.ts';
import { type Decoded, type Reading, rejected } from '../reading.ts';

/** Characters of a definition given as JSON text. */
const MAX_TEXT = 20_000;

const options = z.strictObject({
  /** The make as data, or the same as JSON text. There is no default: what a frame means is not guessed. */
  definition: z.preprocess(parsedText, definitionSchema),
});

/** A make that is not shipped, read by a definition: see `definition.ts` for what one holds. */
export const configurable = defineModel({
  name: 'configurable',
  usedBy: 'any make, by a file of data',
  options,
  line: [with8N1(9600), with7E1(9600)],
  // A definition is too long to be kept with every weight: its name and its digest say which one it was.
  keptOptions: ({ definition }) => ({ name: definition.name, sha256: digestOf(definition) }),
  speak: ({ definition }) => dialectOf(definition),
});

/** Text that is no JSON is left as it is, to be refused by the schema in its words. */
function parsedText(given: unknown): unknown {
  if (typeof given !== 'string' || given.length > MAX_TEXT) return given;
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
}

/** The first 32 hex digits of the SHA-256 of the definition with every default filled in. */
function digestOf(definition: Definition): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 32);
}

function dialectOf(definition: Definition): Dialect {
  const { enquiry, commands } = definition;
  return {
    framing: framingOf(definition),
    decode: (frame) => decode(definition, frame),
    commands: Object.fromEntries(
      Object.entries(commands).map(([command, text]) => [command, Buffer.from(text, 'latin1')]),
    ),
    ...(enquiry === undefined ? {} : { enquiry: Buffer.from(enquiry, 'latin1') }),
  };
}

function framingOf({ framing, checksum }: Definition): Framing {
  if (framing.kind === 'lines') return framing;
  if (framing.kind === 'delimited') {
    const { start, end, maxBytes } = framing;
    return delimitedFrames({ startByte: start.charCodeAt(0), endByte: end.charCodeAt(0), maxBytes });
  }
  const { start, length, end } = framing;
  const marksOf = (text: string, at: number) =>
    [...Buffer.from(text, 'latin1')].map((byte, index) => [at + index, byte] as const);
  return fixedFrames({
    startByte: start.charCodeAt(0),
    length,
    marks: [...marksOf(start, 0), ...marksOf(end, length - end.length)],
    ...(checksum === undefined
      ? {}
      : { accepts: (bytes, offset) => hasChecksum(bytes.subarray(offset, offset + length), checksum) }),
  });
}

function decode(definition: Definition, frame: Uint8Array): Decoded {
  const { framing, checksum, always, weight, columns } = definition;
  if (framing.kind === 'fixed' && frame.length !== framing.length)
    return rejected('frame has another length');
  if (checksum !== undefined && !hasChecksum(frame, checksum)) return rejected('checksum does not agree');
  const text = Buffer.from(frame).toString('latin1');
  const said: DefinedFacts = { ...always };
  for (const { from, to, map } of columns) {
    const facts = Object.hasOwn(map, text.slice(from, to)) ? map[text.slice(from, to)] : undefined;
    if (facts === undefined) return rejected(`text from ${from} to ${to} is none of the definition`);
    Object.assign(said, facts);
  }
  const weightText = text.slice(weight.from, weight.to);
  if (Object.hasOwn(weight.instead, weightText)) Object.assign(said, weight.instead[weightText]);
  return readingOf(said, weightText, weight);
}

function readingOf(
  said: DefinedFacts,
  weightText: string,
  { from, to, padding }: Definition['weight'],
): Decoded {
  const { unit = null, stable = null, mode = null, zero = null, outOfRange, error, hold, negative } = said;
  const bySign = outOfRange === 'bySign';
  const unknownSide = outOfRange === 'unknown';
  const overload = bySign ? negative !== true : unknownSide ? null : (said.overload ?? null);
  const underload = bySign ? negative === true : unknownSide ? null : (said.underload ?? null);
  const isWhole = from < 0 !== to < 0 || weightText.length === to - from;
  const shown = isWhole ? weightOf(weightText, padding, said) : null;
  const reading: Reading = {
    value: null,
    unit,
    stable: false,
    overload,
    underload,
    mode,
    zero,
    ...(unknownSide ? { outOfRange: true } : {}),
    ...(error === undefined ? {} : { error }),
    ...(hold === undefined ? {} : { hold }),
  };
  if (overload === true || underload === true || unknownSide || error !== undefined) {
    return { kind: 'reading', reading: shown === null ? reading : { ...reading, displayed: shown } };
  }
  if (shown === null) return rejected('weight field is not a number');
  return { kind: 'reading', reading: { ...reading, value: shown, stable } };
}

const paddings = {
  zeros: /^[^ ]+$/,
  blanksBefore: /[^ ]$/,
  blanksBehind: /^[^ ]/,
} satisfies Record<Definition['weight']['padding'], RegExp>;

/** The weight as decimal text; null when the column is not that. A sign of its own column leaves none for the text. */
function weightOf(text: string, padding: Definition['weight']['padding'], said: DefinedFacts): string | null {
  const { decimals, negative } = said;
  if (negative !== undefined && /[+-]/.test(text)) return null;
  if (!paddings[padding].test(text)) return null;
  const signed = negative === true ? `-${text}` : text;
  if (decimals === undefined) return numberField(signed);
  const match = /^ *([+-]?) *(\d+) *$/.exec(signed);
  return match === null ? null : numberOfDigits(match[2] ?? '', decimals, match[1] === '-');
}
