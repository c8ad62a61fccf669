import { z } from '@hono/zod-openapi';
import { type Clock, isoInstant, kgOf } from '@weighgate/protocol';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { instantParameter, monthStartOf } from '../http/instant.ts';
import { jsonAnswer } from '../http/json-content.ts';
import {
  answerInvalid,
  answerUnknown,
  problemAnswer,
  problemHeaders,
  problemOf,
  problemSchema,
  refusals,
} from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { providerIdSchema } from '../registry/provider-routes.ts';
import type { Db } from '../store/database.ts';
import { type BillLine, type BillTerms, type BlockedSession, billOf, priceOf } from './bill-of.ts';
import { findBillable, findParked, findRates, MAX_BILLED_SESSIONS, type Period } from './find-billable.ts';
import { jsonMinorOf } from './money.ts';

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
    amountMinor: z.int(),
  })
  .openapi('BillLine');

const billSchema = z
  .object({
    provider: z.object({ id: z.int(), name: z.string() }),
    from: z.string(),
    to: z.string().openapi({ description: 'exclusive' }),
    currency: z.string(),
    lines: z.array(lineSchema),
    totalNetKg: z.number(),
    totalMinor: z.int(),
    late: z.array(lineSchema).openapi({
      description: 'lines of an earlier period that came in after its bill; none while bills are not issued',
    }),
  })
  .openapi('Bill');

const blockedSchema = z
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
    }),
  )
  .openapi('BlockedSessions');

const periodQuery = (timeZone: string) =>
  z.strictObject({
    from: instantParameter(timeZone).optional(),
    to: instantParameter(timeZone).optional(),
  });

const bill = (timeZone: string) =>
  defineRoute({
    method: 'get',
    path: '/bill/{providerId}',
    'x-permission': 'bills.read',
    'x-own-data': true,
    summary: 'The bill of a provider for deliveries weighed out during [from, to)',
    description: 'Without from and to: from the first of this month until now.',
    request: { params: z.object({ providerId: providerIdSchema }), query: periodQuery(timeZone) },
    responses: {
      200: jsonAnswer('the bill, computed now', billSchema),
      404: problemAnswer('no such provider'),
      409: {
        description: 'sessions that cannot be billed yet block the bill; they are listed',
        content: { 'application/problem+json': { schema: problemSchema.extend({ blocked: blockedSchema }) } },
      },
      ...refusals,
    },
  });

const unbilled = (timeZone: string) =>
  defineRoute({
    method: 'get',
    path: '/unbilled',
    'x-permission': 'bills.read',
    summary: 'Weighings of [from, to) that no bill can take yet, and why',
    description: 'Without from and to: from the first of this month until now.',
    request: { query: periodQuery(timeZone) },
    responses: { 200: jsonAnswer('the weighings', z.object({ blocked: blockedSchema })), ...refusals },
  });

export interface BillParts {
  db: Db;
  clock: Clock;
  timeZone: string;
  /** ISO 4217 code of every amount. */
  currency: string;
}

const tooMany = [
  {
    path: 'from',
    message: `more than ${MAX_BILLED_SESSIONS} sessions in this period; ask for a shorter one`,
  },
];
const emptyPeriod = [{ path: 'to', message: 'must be after from' }];

export function billRoutes(parts: BillParts) {
  const { db, timeZone } = parts;
  return makeRouter()
    .openapi(bill(timeZone), async (c) => {
      const { providerId } = c.req.valid('param');
      const { providerId: own } = callerOf(c);
      const period = periodOf(c.req.valid('query'), parts);
      if (period.fromMs >= period.toMs) return answerInvalid(c, emptyPeriod);
      const provider = await db
        .selectFrom('providers')
        .select(['id', 'name'])
        .where('id', '=', providerId)
        .$if(own !== null, (query) => query.where('id', '=', own))
        .executeTakeFirst();
      if (provider === undefined) return answerUnknown(c, `provider ${providerId}`);

      const { sessions, parked, rates } = await readBooks(parts, period, providerId);
      if (sessions.length + parked.length > MAX_BILLED_SESSIONS) return answerInvalid(c, tooMany);
      const result = billOf(providerId, sessions, rates, termsOf(parts));
      const blocked = [...(result.kind === 'blocked' ? result.blocked : []), ...parked];
      if (result.kind === 'blocked' || blocked.length > 0) {
        const problem = problemOf(c, 409, {
          code: 'bill-blocked',
          title: 'Bill blocked',
          detail: `${blocked.length} weighings of provider ${providerId} cannot be billed yet; "blocked" lists them`,
        });
        return c.json({ ...problem, blocked }, 409, problemHeaders);
      }
      return c.json(
        {
          provider,
          from: isoInstant(period.fromMs),
          to: isoInstant(period.toMs),
          currency: parts.currency,
          lines: result.lines.map(lineViewOf),
          totalNetKg: kgOf(jsonMinorOf(result.totalNetG)),
          totalMinor: jsonMinorOf(result.totalMinor),
          late: [],
        },
        200,
      );
    })
    .openapi(unbilled(timeZone), async (c) => {
      const period = periodOf(c.req.valid('query'), parts);
      if (period.fromMs >= period.toMs) return answerInvalid(c, emptyPeriod);
      const { sessions, parked, rates } = await readBooks(parts, period);
      if (sessions.length + parked.length > MAX_BILLED_SESSIONS) return answerInvalid(c, tooMany);
      const blocked = sessions.flatMap((session): BlockedSession[] => {
        const { sessionId, ticketNo, truck, providerId } = session;
        if (providerId === null) return [{ sessionId, ticketNo, truck, reason: 'no_owner' }];
        const price = priceOf(providerId, session, rates, termsOf(parts));
        return price.kind === 'blocked' ? [{ sessionId, ticketNo, truck, reason: price.reason }] : [];
      });
      return c.json({ blocked: [...blocked, ...parked] }, 200);
    });
}

function periodOf(query: { from?: number | undefined; to?: number | undefined }, parts: BillParts): Period {
  const nowMs = parts.clock.now();
  return { fromMs: query.from ?? monthStartOf(nowMs, parts.timeZone), toMs: query.to ?? nowMs };
}

function termsOf({ currency }: BillParts): BillTerms {
  return { currency, rounding: 'half_away', vat: 'not_charged' };
}

/** Sessions, parked weighings and rates as of one instant, so that a bill never mixes two states of the books. */
function readBooks({ db, currency }: BillParts, period: Period, providerId?: number) {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => ({
      sessions: await findBillable(trx, period, providerId),
      parked: await findParked(trx, period, providerId),
      rates: await findRates(trx, period, currency, providerId),
    }));
}

function lineViewOf(line: BillLine): z.infer<typeof lineSchema> {
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
    amountMinor: jsonMinorOf(line.amountMinor),
  };
}
