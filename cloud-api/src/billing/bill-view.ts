import { z } from '@hono/zod-openapi';
import { isoInstant, kgOf } from '@weighgate/protocol';
import type { UnreportedDevice } from '../fleet/completeness/find-unreported.ts';
import type { BilledBill, BillLine, BlockedSession } from './bill-of.ts';
import type { BillPeriod } from './bill-period.ts';
import { jsonAmountOf, jsonMinorOf } from './money.ts';

/** Minor units of the currency: a number, or its digits as text beyond the integers that a JSON number holds. */
const amountSchema = z.union([z.int(), z.string()]).openapi({ type: 'integer' });

const lineSchema = z
  .object({
    produce: z.string(),
    rateId: z.string(),
    ratePerKgMinor: z.string(),
    sessions: z.array(
      z.object({ id: z.string(), netKg: z.number(), weighedOutAt: z.string(), truck: z.string() }),
    ),
    sessionCount: z.int(),
    netKg: z.number(),
    amountMinor: amountSchema,
  })
  .openapi('BillLine');

/** Weighings that no bill can take, and why. */
export const blockedSchema = z
  .array(
    z.object({
      sessionId: z.string().nullable(),
      ticketNo: z.string().nullable(),
      truck: z.string().nullable(),
      reason: z.enum([
        'pending_net',
        'no_produce',
        'no_rate',
        'no_owner',
        'parked',
        'other_currency',
        'no_vat_rate',
      ]),
      waitingFor: z
        .array(z.string())
        .optional()
        .openapi({ description: 'of a pending net: the containers whose tare is not known' }),
    }),
  )
  .openapi('BlockedSessions');

/** What may belong on a bill and is not known to. */
export const mayBeMissingSchema = z
  .object({
    notReported: z
      .array(
        z.object({ device: z.string(), site: z.string().nullable(), reportedUpTo: z.string().nullable() }),
      )
      .openapi({ description: 'devices that may still hold weighings from before the end of the period' }),
    noOwner: blockedSchema.openapi({ description: 'weighings of trucks that belong to no provider yet' }),
  })
  .openapi('MayBeMissing');

export const billSchema = z
  .object({
    id: z.string().openapi({ description: 'of the provider' }),
    name: z.string(),
    from: z.string().openapi({ description: 'as asked for' }),
    to: z.string().openapi({ description: 'as asked for' }),
    truckCount: z.int().openapi({ description: 'trucks registered for the provider now' }),
    sessionCount: z.int(),
    products: z
      .array(
        z.object({
          product: z.string(),
          count: z.string().openapi({ description: 'sessions, as text' }),
          amount: z.number().openapi({ description: 'kg' }),
          rate: z.union([z.int(), z.string()]).openapi({
            description: 'minor units per kg; as text where it is no whole number',
          }),
          pay: amountSchema,
        }),
      )
      .openapi({ description: 'one for each produce and rate' }),
    total: amountSchema,
    provider: z.object({ id: z.int(), name: z.string() }),
    period: z.object({ from: z.string(), to: z.string().openapi({ description: 'exclusive' }) }),
    isComplete: z.boolean().openapi({ description: 'the period is over and nothing may be missing' }),
    mayBeMissing: mayBeMissingSchema.nullable().openapi({ description: 'null for a caller of one provider' }),
    currency: z.string(),
    lines: z.array(lineSchema),
    totalNetKg: z.number(),
    totalMinor: amountSchema,
    late: z.array(lineSchema).openapi({
      description:
        'lines of an earlier period that came in after its bill; none on a bill that is computed now',
    }),
  })
  .openapi('Bill');

/** What may belong on a bill, as the database has it. */
export interface MayBeMissing {
  notReported: readonly UnreportedDevice[];
  noOwner: readonly BlockedSession[];
}

export function mayBeMissingView({ notReported, noOwner }: MayBeMissing): z.infer<typeof mayBeMissingSchema> {
  return {
    notReported: notReported.map(({ device, site, reportedUpTo }) => ({
      device,
      site,
      reportedUpTo: reportedUpTo === null ? null : isoInstant(reportedUpTo.getTime()),
    })),
    noOwner: [...noOwner],
  };
}

/** A bill as it is shown. `mayBeMissing` is null for a caller who must not see what is not theirs. */
export function billView(
  bill: BilledBill,
  said: {
    provider: { id: number; name: string };
    truckCount: number;
    period: BillPeriod;
    currency: string;
    isComplete: boolean;
    mayBeMissing: MayBeMissing | null;
  },
): z.infer<typeof billSchema> {
  const { provider, period, mayBeMissing } = said;
  const totalMinor = jsonAmountOf(bill.totalMinor);
  return {
    id: String(provider.id),
    name: provider.name,
    from: period.fromText,
    to: period.toText,
    truckCount: said.truckCount,
    sessionCount: bill.lines.reduce((count, { sessions }) => count + sessions.length, 0),
    products: bill.lines.map((line) => ({
      product: line.produce,
      count: String(line.sessions.length),
      amount: kgOf(jsonMinorOf(line.netG)),
      rate: wholeOrText(line.rate.ratePerKgMinor),
      pay: jsonAmountOf(line.amountMinor),
    })),
    total: totalMinor,
    provider,
    period: { from: isoInstant(period.fromMs), to: isoInstant(period.toMs) },
    isComplete: said.isComplete,
    mayBeMissing: mayBeMissing === null ? null : mayBeMissingView(mayBeMissing),
    currency: said.currency,
    lines: bill.lines.map(lineView),
    totalNetKg: kgOf(jsonMinorOf(bill.totalNetG)),
    totalMinor,
    late: [],
  };
}

/** A rate as a JSON number where it is a whole one: a fraction would become a floating-point number. */
export function wholeOrText(rateText: string): number | string {
  return rateText.includes('.') ? rateText : jsonAmountOf(BigInt(rateText));
}

function lineView(line: BillLine): z.infer<typeof lineSchema> {
  return {
    produce: line.produce,
    rateId: line.rate.id,
    ratePerKgMinor: line.rate.ratePerKgMinor,
    sessions: line.sessions.map(({ sessionId, netG, weighedOutAtMs, truck }) => ({
      id: sessionId,
      netKg: kgOf(netG),
      weighedOutAt: isoInstant(weighedOutAtMs),
      truck,
    })),
    sessionCount: line.sessions.length,
    netKg: kgOf(jsonMinorOf(line.netG)),
    amountMinor: jsonAmountOf(line.amountMinor),
  };
}
