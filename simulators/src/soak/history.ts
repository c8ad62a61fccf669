import { z } from 'zod';

const opFields = {
  /** Milliseconds since the start. */
  atMs: z.number(),
  op: z.string(),
  device: z.string(),
  direction: z.enum(['in', 'out']),
  /** Weighed in and out once each: no other operation has it. */
  truck: z.string(),
  /** On the deck. */
  kg: z.number(),
};

/**
 * One line of the history, as in Jepsen: an operation begins with `invoke` and ends with `ok` (answered), `fail` (refused:
 * nothing was put on record) or `info` (nobody knows). An `info` that is followed by another end was asked again.
 */
const eventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('invoke'), ...opFields }),
  z.strictObject({
    type: z.literal('ok'),
    ...opFields,
    sessionId: z.string(),
    ticketNo: z.string(),
    grossKg: z.number(),
    netKg: z.number().nullable(),
  }),
  z.strictObject({ type: z.literal('fail'), ...opFields, code: z.string() }),
  z.strictObject({ type: z.literal('info'), ...opFields, why: z.string() }),
  z.strictObject({
    type: z.literal('nemesis'),
    atMs: z.number(),
    deed: z.string(),
    target: z.string(),
    phase: z.enum(['begin', 'end', 'left out']),
    note: z.string().nullable(),
  }),
]);
export type HistoryEvent = z.infer<typeof eventSchema>;
export type OpEvent = Exclude<HistoryEvent, { type: 'nemesis' }>;
export type OkEvent = Extract<HistoryEvent, { type: 'ok' }>;

/** Reads a history back. @throws ZodError for a line that is none */
export function historyOf(text: string): HistoryEvent[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => eventSchema.parse(JSON.parse(line)));
}
