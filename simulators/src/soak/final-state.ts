import { z } from 'zod';

/** What there was in the cloud and at the agents when all faults were over. */
export const finalStateSchema = z.strictObject({
  entries: z.array(
    z.strictObject({
      device: z.string(),
      incarnation: z.string(),
      seq: z.int(),
      hash: z.string(),
      entryText: z.string(),
    }),
  ),
  sessions: z.array(
    z.strictObject({
      id: z.string(),
      truck: z.string().nullable(),
      firstTicketNo: z.string(),
      secondTicketNo: z.string().nullable(),
      firstGrossG: z.number(),
      secondGrossG: z.number().nullable(),
      netG: z.number().nullable(),
    }),
  ),
  ledger: z.array(z.strictObject({ sessionId: z.string(), netG: z.number() })),
  parked: z.array(
    z.strictObject({
      device: z.string(),
      incarnation: z.string(),
      seq: z.int(),
      kind: z.string(),
      reason: z.string(),
      ticketNo: z.string().nullable(),
    }),
  ),
  alarms: z.array(z.strictObject({ code: z.string(), device: z.string(), detail: z.string() })),
  forks: z.array(z.strictObject({ device: z.string(), incarnation: z.string(), seq: z.int() })),
  edges: z.array(
    z.strictObject({
      device: z.string(),
      incarnation: z.string(),
      headSeq: z.int(),
      headHash: z.string(),
      /** Everything is acknowledged, of every life. */
      isDelivered: z.boolean(),
    }),
  ),
});
export type FinalState = z.infer<typeof finalStateSchema>;
