import { z } from 'zod';
import { alibiCheckedBody } from './alibi-entries.ts';
import { carriedEntryBody } from './carried-entry.ts';
import { certificateIssuedBody } from './certificate-entries.ts';
import { MAX_WALL_MS } from './clock.ts';
import { commandRefusedBody } from './command-entries.ts';
import { deviceIdSchema, uuidSchema } from './id.ts';
import { linkChangedBody } from './link-entries.ts';
import { gramsSchema } from './mass.ts';
import { containerIdSchema, netSchema } from './net-rule.ts';
import {
  operatorAddedBody,
  operatorBlockedBody,
  operatorPinSetBody,
  operatorUnblockedBody,
  permissionRefusedBody,
  shiftClosedBody,
  shiftOpenedBody,
  stampFields,
} from './operator-entries.ts';
import { parameterChangedBody, parametersRecordedBody } from './parameter-entries.ts';
import { plainReasonOf, plainTextSchema } from './plain-text.ts';
import { truckProposedBody } from './proposal-entries.ts';
import { registeredWeightSchema } from './registered-weight.ts';
import { journalCheckpointBody, sealAcknowledgedBody } from './seal-entries.ts';
import { sessionNetCompletedBody, sessionVoidedBody } from './session-entries.ts';
import { ticketReissuedBody, ticketReprintedBody } from './ticket-entries.ts';
import { truckIdSchema } from './truck.ts';
import {
  sessionOnePassBody,
  tareDriftSchema,
  truckLegalGrossSetBody,
  truckTareSetBody,
  truckWeighingFields,
} from './truck-entries.ts';
import {
  containersSchema,
  produceIdSchema,
  tareUsedSchema,
  ticketNoSchema,
  weighingCopySchema,
} from './weighing-fields.ts';

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
  /** The open session of the same truck that this one takes the place of; that one no longer counts. */
  supersedes: uuidSchema.optional(),
  ...truckWeighingFields,
  ...stampFields,
});

const sessionClosedBody = z.strictObject({
  sessionId: uuidSchema,
  ticketNo: ticketNoSchema,
  truck: truckIdSchema,
  produce: produceIdSchema.nullable(),
  containers: containersSchema,
  weight: registeredWeightSchema,
  /** The first weighing, copied, so that the net can be checked from this entry alone. */
  first: weighingCopySchema,
  /** The tares the net was computed with, as they were at that moment. */
  tares: z.array(tareUsedSchema).max(100),
  net: netSchema,
  /** The truck's tare is out of line with its last ones. */
  tareDrift: tareDriftSchema.optional(),
  ...truckWeighingFields,
  ...stampFields,
});

const weightSingleBody = z.strictObject({
  sessionId: uuidSchema,
  ticketNo: ticketNoSchema,
  truck: truckIdSchema.nullable(),
  produce: produceIdSchema.nullable(),
  containers: containersSchema,
  weight: registeredWeightSchema,
  /** A look at the weight and no more, which a truck may have while it is inside. */
  purpose: z.literal('check').optional(),
  ...truckWeighingFields,
  ...stampFields,
});

const containerTareSetBody = z.strictObject({
  container: containerIdSchema,
  tareG: gramsSchema.nonnegative(),
  previousTareG: gramsSchema.nonnegative().nullable(),
  /** The tare came from the cloud in this revision: the cloud has it, and does not take it over again. */
  masterDataRevision: z.int().positive().optional(),
  ...stampFields,
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
  ...stampFields,
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
  entryOf('session.one_pass', sessionOnePassBody),
  entryOf('session.net_completed', sessionNetCompletedBody),
  entryOf('session.voided', sessionVoidedBody),
  entryOf('weight.single', weightSingleBody),
  entryOf('container_tare.set', containerTareSetBody),
  entryOf('truck_tare.set', truckTareSetBody),
  entryOf('truck.legal_gross_set', truckLegalGrossSetBody),
  entryOf('truck.proposed', truckProposedBody),
  entryOf('indicator.commanded', indicatorCommandedBody),
  entryOf('journal.checkpoint', journalCheckpointBody),
  entryOf('seal.acknowledged', sealAcknowledgedBody),
  entryOf('operator.added', operatorAddedBody),
  entryOf('operator.pin_set', operatorPinSetBody),
  entryOf('operator.blocked', operatorBlockedBody),
  entryOf('operator.unblocked', operatorUnblockedBody),
  entryOf('permission.refused', permissionRefusedBody),
  entryOf('shift.opened', shiftOpenedBody),
  entryOf('shift.closed', shiftClosedBody),
  entryOf('parameters.recorded', parametersRecordedBody),
  entryOf('parameter.changed', parameterChangedBody),
  entryOf('ticket.reprinted', ticketReprintedBody),
  entryOf('ticket.reissued', ticketReissuedBody),
  entryOf('link.changed', linkChangedBody),
  entryOf('alibi.checked', alibiCheckedBody),
  entryOf('certificate.issued', certificateIssuedBody),
  entryOf('command.refused', commandRefusedBody),
  entryOf('entry.carried', carriedEntryBody),
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
  // The whole first: a header alone is read only of what this version does not know.
  const entry = journalEntrySchema.safeParse(json);
  if (entry.success) return { kind: 'known', entry: entry.data };
  const header = entryHeaderSchema.safeParse(json);
  if (!header.success) return { kind: 'malformed', reason: plainReasonOf(z.prettifyError(header.error)) };
  return { kind: 'unknown', header: header.data, reason: plainReasonOf(z.prettifyError(entry.error)) };
}
