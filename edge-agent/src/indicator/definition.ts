import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';

/** Longest frame that can be defined. */
const MAX_BYTES = 128;

/** Characters are bytes 0 to 255; control characters are written `\u0002` in JSON, `"\x02"` in YAML. */
const characters = (length: { min: number; max: number }) =>
  z
    .string()
    .min(length.min)
    .max(length.max)
    .refine((text) => [...text].every((character) => (character.codePointAt(0) ?? 0) <= 0xff), {
      message: 'must be single bytes: characters up to \\u00ff',
    });

/**
 * Part of a frame, from character `from` up to but not including `to`. The first character of the frame is 0, its start
 * byte included; negative numbers count from the end, its end bytes included, for frames whose length varies. Prefer
 * both from one side: then a lost character shows.
 */
const column = {
  from: z.int().min(-MAX_BYTES).max(MAX_BYTES),
  to: z.int().min(-MAX_BYTES).max(MAX_BYTES),
};

const framing = z.discriminatedUnion('kind', [
  /** One length. The end may be empty when a start and the columns are proof enough. */
  z.strictObject({
    kind: z.literal('fixed'),
    start: characters({ min: 1, max: 4 }),
    length: z.int().min(2).max(MAX_BYTES),
    end: characters({ min: 0, max: 4 }).default(''),
  }),
  /** From one start byte to the first end byte. */
  z.strictObject({
    kind: z.literal('delimited'),
    start: characters({ min: 1, max: 1 }),
    end: characters({ min: 1, max: 1 }),
    maxBytes: z.int().min(2).max(MAX_BYTES),
  }),
  /** Lines without a start: the first one after the line is opened is thrown away. */
  z.strictObject({
    kind: z.literal('lines'),
    terminator: z.enum(['\r\n', '\r', '\n', '=']),
    maxBytes: z.int().min(2).max(MAX_BYTES),
  }),
]);

const checksum = z.strictObject({
  /** `xor`; `sum8`, the low byte of the sum; `neg7`, what makes the sum of seven bits zero; `crc16` of Modbus. */
  kind: z.enum(['xor', 'sum8', 'neg7', 'crc16']),
  /** What it is taken over. */
  over: z.strictObject(column),
  /** Where it stands. */
  at: z.strictObject(column),
  /** `hex`: two or four upper-case hex digits, `:` to `?` read as A to F (Yaohua A22). `binary`: one byte, or two with the low one first. */
  as: z.enum(['binary', 'hex']),
});

/** What a text in a column says of the reading. Left out: it does not say. */
const facts = z.strictObject({
  unit: massUnitSchema.optional(),
  mode: z.enum(['gross', 'net', 'tare']).optional(),
  stable: z.boolean().optional(),
  zero: z.boolean().optional(),
  hold: z.boolean().optional(),
  overload: z.boolean().optional(),
  underload: z.boolean().optional(),
  /** Over or under: `bySign` when the sign tells which, `unknown` when nothing does. */
  outOfRange: z.enum(['bySign', 'unknown']).optional(),
  error: z.string().min(1).max(40).optional(),
  /** The weight is below zero, for a sign that does not stand in the weight's own column. */
  negative: z.boolean().optional(),
  /** Digits behind a point that is not in the text; the text is then digits alone. */
  decimals: z.int().min(0).max(9).optional(),
});
export type DefinedFacts = z.infer<typeof facts>;

const texts = z
  .record(characters({ min: 1, max: 16 }), facts)
  .refine((map) => Object.keys(map).length <= 64, 'must be at most 64 texts');

/**
 * A make that is not shipped, as data. Columns instead of patterns: a pattern of the user's can run away, and a weight
 * without a checksum is safest in fixed places, where a lost character shows.
 */
export const definitionSchema = z
  .strictObject(
    {
      /** As kept with every weight. */
      name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 characters of a-z, 0-9 and -'),
      framing,
      checksum: checksum.optional(),
      /** True of every frame, unless a column says otherwise: a fixed unit, implied decimals. */
      always: facts.default({}),
      weight: z.strictObject({
        ...column,
        /** What fills the column around a short number. Any other blank is corruption. */
        padding: z.enum(['blanksBefore', 'blanksBehind', 'zeros']).default('blanksBefore'),
        /** What stands there in place of a number, such as dashes for an overload. */
        instead: texts.default({}),
      }),
      /**
       * The other columns, applied in order. A text that is not in the map makes the frame no frame of this make; a
       * separator is a column with one text.
       */
      columns: z
        .array(z.strictObject({ ...column, map: texts }))
        .max(16)
        .default([]),
      /** Sent to ask for a weight, for indicators that do not send by themselves. */
      enquiry: characters({ min: 1, max: 64 }).optional(),
      commands: z
        .partialRecord(
          z.enum(['zero', 'tare', 'clear_tare', 'print', 'request']),
          characters({ min: 1, max: 64 }),
        )
        .default({}),
    },
    {
      error: ({ code }) =>
        code === 'invalid_type'
          ? 'must be the definition of a make, as data, as JSON text or by definitionFile'
          : undefined,
    },
  )
  .superRefine((definition, context) => {
    const { framing, weight, columns, checksum } = definition;
    const fault = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const expectColumn = (path: (string | number)[], { from, to }: { from: number; to: number }) => {
      if (from < 0 && to >= 0) fault(path, 'from counts from the end, so to must too');
      else if (from < 0 === to < 0 && from >= to)
        fault(path, `must end behind its beginning, but runs from ${from} to ${to}`);
      else if (framing.kind === 'fixed' && (to > framing.length || -from > framing.length)) {
        fault(path, `must lie inside the frame of ${framing.length} bytes, but runs from ${from} to ${to}`);
      }
    };
    expectColumn(['weight'], weight);
    const maps = [
      { path: ['weight', 'instead'], ...weight, map: weight.instead },
      ...columns.map((column, index) => ({ path: ['columns', index, 'map'], ...column })),
    ];
    for (const [index, column] of columns.entries()) expectColumn(['columns', index], column);
    for (const { path, from, to, map } of maps) {
      for (const text of Object.keys(map)) {
        const wide = to - from;
        if (from < 0 === to < 0 && text.length !== wide)
          fault([...path, text], `is ${text.length} wide, and its column is ${wide} wide`);
      }
    }
    if (framing.kind === 'fixed' && framing.start.length + framing.end.length > framing.length) {
      fault(['framing'], 'start and end are longer than the frame');
    }
    if (checksum === undefined) return;
    expectColumn(['checksum', 'over'], checksum.over);
    expectColumn(['checksum', 'at'], checksum.at);
    const wide = (checksum.kind === 'crc16' ? 2 : 1) * (checksum.as === 'hex' ? 2 : 1);
    if (checksum.at.to - checksum.at.from !== wide) {
      fault(['checksum', 'at'], `${checksum.kind} as ${checksum.as} is ${wide} wide`);
    }
  });
export type Definition = z.infer<typeof definitionSchema>;
