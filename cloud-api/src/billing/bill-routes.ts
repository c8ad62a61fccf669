import { z } from '@hono/zod-openapi';
import type { Clock } from '@weighgate/protocol';
import type { Context } from 'hono';
import { findUnreported } from '../fleet/completeness/find-unreported.ts';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
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
import { type AppEnv, makeRouter } from '../http/router.ts';
import { providerIdSchema } from '../registry/provider-routes.ts';
import { resolveProvider } from '../registry/resolve-provider.ts';
import type { Db } from '../store/database.ts';
import { type BillTerms, type BlockedSession, billOf, priceOf } from './bill-of.ts';
import { type BillPeriod, billPeriodOf, billPeriodQuery } from './bill-period.ts';
import {
  billSchema,
  billView,
  blockedSchema,
  type MayBeMissing,
  mayBeMissingSchema,
  mayBeMissingView,
} from './bill-view.ts';
import {
  countTrucks,
  findBillable,
  findParked,
  findRates,
  MAX_BILLED_SESSIONS,
  type OwnedSession,
} from './find-billable.ts';

const bill = (timeZone: string) =>
  defineRoute({
    method: 'get',
    path: '/bill/{providerId}',
    'x-permission': 'bills.read',
    'x-own-data': true,
    summary: 'The bill of a provider for deliveries weighed out during [from, to)',
    description:
      'Without from and to: from the first of this month until now. A period that is over is answered when nothing can ' +
      'be missing any more: every device has reported up to its end, and every truck has an owner.',
    request: { params: z.object({ providerId: providerIdSchema }), query: billPeriodQuery(timeZone) },
    responses: {
      200: jsonAnswer('the bill, computed now', billSchema),
      404: problemAnswer('no such provider'),
      409: {
        description: 'what cannot be billed yet, and what may be missing, blocks the bill and is listed',
        content: {
          'application/problem+json': {
            schema: problemSchema.extend({
              blocked: blockedSchema,
              mayBeMissing: mayBeMissingSchema.nullable(),
            }),
          },
        },
      },
      503: problemAnswer('the books cannot be read now; Retry-After says when to ask again'),
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
    request: { query: billPeriodQuery(timeZone).omit({ incomplete: true }) },
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
  const nothing: MayBeMissing = { notReported: [], noOwner: [] };
  return makeRouter()
    .openapi(bill(timeZone), async (c) => {
      const { providerId: said } = c.req.valid('param');
      const providerId = (await resolveProvider(db, said)) ?? said;
      const { incomplete, ...query } = c.req.valid('query');
      const { providerId: own } = callerOf(c);
      const period = periodOf(c, query, parts);
      if (period.fromMs >= period.toMs) return answerInvalid(c, emptyPeriod);
      if (own !== null && own !== providerId) return answerUnknown(c, `provider ${providerId}`);
      const books = await readBooks(parts, period, providerId);
      if (books.provider === undefined) return answerUnknown(c, `provider ${providerId}`);
      if (books.sessions.length + books.parked.length > MAX_BILLED_SESSIONS) return answerInvalid(c, tooMany);

      // Nobody can have reported up to a time that has not come.
      const missing = { noOwner: books.noOwner, notReported: period.isOver ? books.notReported : [] };
      const mayBeMissing = own === null ? missing : null;
      const missingCount = missing.notReported.length + missing.noOwner.length;
      const result = billOf(providerId, books.sessions, books.rates, termsOf(parts));
      const unpriced = result.kind === 'blocked' ? result.blocked : [];
      const blocked = [...withContainers(unpriced, books.sessions), ...books.parked];
      const isRefused = period.isOver && incomplete === 'refuse' && missingCount > 0;
      if (result.kind === 'blocked' || blocked.length > 0 || isRefused) {
        const problem = problemOf(c, 409, {
          code: 'bill-blocked',
          title: 'Bill blocked',
          detail: blockedDetail(providerId, blocked, isRefused ? missing : nothing),
        });
        const said = mayBeMissing === null ? null : mayBeMissingView(mayBeMissing);
        return c.json({ ...problem, blocked, mayBeMissing: said }, 409, problemHeaders);
      }
      const { provider, truckCount } = books;
      const isComplete = period.isOver && missingCount === 0;
      const { currency } = parts;
      const view = billView(result, { provider, truckCount, period, currency, isComplete, mayBeMissing });
      return c.json(view, 200);
    })
    .openapi(unbilled(timeZone), async (c) => {
      const period = periodOf(c, c.req.valid('query'), parts);
      if (period.fromMs >= period.toMs) return answerInvalid(c, emptyPeriod);
      const { sessions, parked, rates } = await readAllBooks(parts, period);
      if (sessions.length + parked.length > MAX_BILLED_SESSIONS) return answerInvalid(c, tooMany);
      const blocked = sessions.flatMap((session): BlockedSession[] => {
        const { sessionId, ticketNo, truck, providerId } = session;
        if (providerId === null) return [noOwnerOf(session)];
        const price = priceOf(providerId, session, rates, termsOf(parts));
        return price.kind === 'blocked' ? [{ sessionId, ticketNo, truck, reason: price.reason }] : [];
      });
      return c.json({ blocked: [...withContainers(blocked, sessions), ...parked] }, 200);
    });
}

function periodOf(
  c: Context<AppEnv>,
  query: { from?: number | undefined; to?: number | undefined },
  { clock, timeZone }: BillParts,
): BillPeriod {
  const saidAs = (name: 'from' | 'to'): [string, number] | undefined => {
    const [text, atMs] = [c.req.query(name), query[name]];
    return text === undefined || atMs === undefined ? undefined : [text, atMs];
  };
  return billPeriodOf({ from: saidAs('from'), to: saidAs('to') }, { nowMs: clock.now(), timeZone });
}

function termsOf({ currency }: BillParts): BillTerms {
  return { currency, rounding: 'half_away', vat: 'not_charged' };
}

/** Everything a bill is made from, as of one instant, so that it never mixes two states of the books. */
function readBooks({ db, currency }: BillParts, period: BillPeriod, providerId: number) {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => ({
      provider: await trx
        .selectFrom('providers')
        .select(['id', 'name'])
        .where('id', '=', providerId)
        .executeTakeFirst(),
      truckCount: await countTrucks(trx, period, providerId),
      sessions: await findBillable(trx, period, providerId),
      parked: await findParked(trx, period, providerId),
      rates: await findRates(trx, period, currency, providerId),
      notReported: await findUnreported(trx, period.toMs),
      noOwner: (await findBillable(trx, period, 'nobody')).map(noOwnerOf),
    }));
}

/** The same for everybody's weighings. */
function readAllBooks({ db, currency }: BillParts, period: BillPeriod) {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => ({
      sessions: await findBillable(trx, period),
      parked: await findParked(trx, period),
      rates: await findRates(trx, period, currency),
    }));
}

function noOwnerOf({ sessionId, ticketNo, truck }: OwnedSession): BlockedSession {
  return { sessionId, ticketNo, truck, reason: 'no_owner' };
}

/** Says of each pending net which tares it waits for. */
function withContainers(blocked: readonly BlockedSession[], sessions: readonly OwnedSession[]) {
  const waiting = new Map(sessions.map(({ sessionId, waitingFor }) => [sessionId, waitingFor]));
  return blocked.map((one) => {
    const waitingFor = one.reason === 'pending_net' ? waiting.get(one.sessionId ?? '') : undefined;
    return waitingFor == null ? one : { ...one, waitingFor };
  });
}

function blockedDetail(
  providerId: number,
  blocked: readonly unknown[],
  { notReported, noOwner }: MayBeMissing,
): string {
  const said = [
    blocked.length > 0 &&
      `${blocked.length} weighings of provider ${providerId} cannot be billed yet; "blocked" lists them`,
    notReported.length > 0 &&
      `${notReported.length} devices have not reported up to the end of the period: ` +
        'wait until they have, or ask with incomplete=allow',
    noOwner.length > 0 &&
      `${noOwner.length} weighings are of trucks that belong to no provider: register them, or ask with incomplete=allow`,
  ];
  return said.filter((words) => words !== false).join('; ');
}
