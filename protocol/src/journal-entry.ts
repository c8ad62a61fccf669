import { z } from 'zod';
import { MAX_WALL_MS } from './clock.ts';
import { deviceIdSchema, uuidSchema } from './id.ts';
import { gramsSchema } from './mass.ts';
import { containerIdSchema, netSchema } from './net-rule.ts';
import { plainReasonOf, plainTextSchema } from './plain-text.ts';
import { registeredWeightSchema } from './registered-weight.ts';
import { truckIdSchema } from './truck.ts';

/** A kind of produce, such as `orange`. */
export const produceIdSchema = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,49}$/u, 'must be 1 to 50 letters, digits, spaces, dots, - or _');

/** `DEMO-4f2a-000017`: site code, four characters of the incarnation, gapless counter. */
export const ticketNoSchema = z.string().regex(/^[A-Z0-9]{2,8}-[0-9a-f]{4}-\d{6,9}$/);

/** The containers declared on the deck at one weighing; naming one twice says nothing more. */
export const containersSchema = z.array(containerIdSchema).max(50);

/** When an entry was made, by both clocks, and how far the wall clock could be trusted then. */
export const entryTimeSchema = z.strictObject({
  wallMs: z.int().nonnegative().max(MAX_WALL_MS),
  bootId: plainTextSchema(64),
  monoMs: z.int().nonnegative(),
  clock: z.enum(['synced', 'rtc', 'manual', 'unsynced', 'unknown']),
});
export type EntryTime = z.infer<typeof entryTimeSchema>;

const sessionOpenedBody = z.strictObject({
  sessionId: uuidSchema,
  ticketNo: ticketNoSchema,
  truck: truckIdSchema,
  produce: produceIdSchema.nullable(),
  containers: containersSchema,
  weight: registeredWeightSchema,
});

const sessionClosedBody = z.strictObject({
  sessionId: uuidSchema,
  ticketNo: ticketNoSchema,
  truck: truckIdSchema,
  produce: produceIdSchema.nullable(),
  containers: containersSchema,
  weight: registeredWeightSchema,
  /** The first weighing, copied, so that the net can be checked from this entry alone. */
  first: z.strictObject({ weightId: uuidSchema, grossG: gramsSchema, containers: containersSchema }),
  /** The tares the net was computed with, as they were at that moment. */
  tares: z.array(z.strictObject({ container: containerIdSchema, tareG: gramsSchema })).max(100),
  net: netSchema,
});

const weightSingleBody = z.strictObject({
  sessionId: uuidSchema,
  ticketNo: ticketNoSchema,
  truck: truckIdSchema.nullable(),
  produce: produceIdSchema.nullable(),
  containers: containersSchema,
  weight: registeredWeightSchema,
});

const containerTareSetBody = z.strictObject({
  container: containerIdSchema,
  tareG: gramsSchema.nonnegative(),
  previousTareG: gramsSchema.nonnegative().nullable(),
});

/** What may be sent to an indicator: none of these changes a weight that is on record. */
export const indicatorCommandSchema = z.enum(['zero', 'tare', 'clear_tare', 'print']);
export type IndicatorCommand = z.infer<typeof indicatorCommandSchema>;

/**
 * What came of a command. `refused`: by the agent or by the indicator. `timeout`: the indicator went silent.
 * `unconfirmed`: it went on sending and showed neither an answer nor the effect.
 */
export const commandOutcomeSchema = z.enum(['done', 'refused', 'timeout', 'unconfirmed']);

const indicatorCommandedBody = z.strictObject({
  scaleId: plainTextSchema(32),
  command: indicatorCommandSchema,
  /** The bytes sent; empty when nothing was sent. */
  bytesHex: z.string().regex(/^(?:[0-9a-f]{2}){0,64}$/),
  outcome: commandOutcomeSchema,
  /** In words. */
  detail: plainTextSchema(200),
});

/**
 * What every entry carries, whatever its kind. `uuid` is the idempotency key of the fact and survives retries;
 * `seq` is gapless from 1 within one incarnation of the device's database.
 */
export const entryHeaderSchema = z.strictObject({
  v: z.literal(1),
  kind: z
    .string()
    .max(60)
    .regex(/^[a-z_]+(\.[a-z_]+)+$/),
  schema: z.int().positive(),
  uuid: uuidSchema,
  device: deviceIdSchema,
  incarnation: uuidSchema,
  seq: z.int().positive(),
  at: entryTimeSchema,
  body: z.unknown(),
});
export type EntryHeader = z.infer<typeof entryHeaderSchema>;

const entryOf = <K extends string, B extends z.ZodType>(kind: K, body: B) =>
  entryHeaderSchema.extend({ kind: z.literal(kind), schema: z.literal(1), body });

/** Every kind of entry this version writes. A kind it does not know is kept and set aside, never refused. */
export const journalEntrySchema = z.discriminatedUnion('kind', [
  entryOf('session.opened', sessionOpenedBody),
  entryOf('session.closed', sessionClosedBody),
  entryOf('weight.single', weightSingleBody),
  entryOf('container_tare.set', containerTareSetBody),
  entryOf('indicator.commanded', indicatorCommandedBody),
]);
export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** Kind and body of an entry before the journal has given it its number and time. */
export type EntryContent = {
  [K in JournalEntry['kind']]: Pick<Extract<JournalEntry, { kind: K }>, 'kind' | 'body'>;
}[JournalEntry['kind']];

/** What reading an entry's stored text found. `unknown` keeps the header: the entry holds its place in the chain. */
export type EntryReading =
  | { kind: 'known'; entry: JournalEntry }
  | { kind: 'unknown'; header: EntryHeader; reason: string }
  | { kind: 'malformed'; reason: string };

/**
 * Reads stored entry text. Never throws: what does not parse is a value that says why.
 * The text must be exactly what `JSON.stringify` writes. Other JSON, with a key twice or a number spelled `1e3`, is
 * malformed: two readers could read it differently, and the chain would prove either.
 */
export function readEntry(entryText: string): EntryReading {
  let json: unknown;
  try {
    json = JSON.parse(entryText);
    if (JSON.stringify(json) !== entryText) {
      return {
        kind: 'malformed',
        reason: 'not as JSON.stringify writes it: blanks, a key twice, a number spelled otherwise',
      };
    }
  } catch (error) {
    return { kind: 'malformed', reason: plainReasonOf(`not JSON: ${(error as Error).message}`) };
  }
  if (entryText.includes('"__proto__":')) return { kind: 'malformed', reason: 'a key may not be __proto__' };
  const header = entryHeaderSchema.safeParse(json);
  if (!header.success) return { kind: 'malformed', reason: plainReasonOf(z.prettifyError(header.error)) };
  const entry = journalEntrySchema.safeParse(json);
  if (entry.success) return { kind: 'known', entry: entry.data };
  return { kind: 'unknown', header: header.data, reason: plainReasonOf(z.prettifyError(entry.error)) };
}
