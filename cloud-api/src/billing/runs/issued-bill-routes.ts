import { z } from '@hono/zod-openapi';
import { isoInstant, plainTextSchema, uuidSchema } from '@weighgate/protocol';
import { callerOf } from '../../http/caller.ts';
import { defineRoute } from '../../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../../http/idempotent.ts';
import { instantParameter } from '../../http/instant.ts';
import { jsonAnswer, jsonBody } from '../../http/json-content.ts';
import { answerKeyReused } from '../../http/key-reused.ts';
import { onceOf } from '../../http/once-of.ts';
import { pageFrom, pageOf, pageQueryOf } from '../../http/page.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../../http/problem.ts';
import { makeRouter } from '../../http/router.ts';
import { providerIdSchema } from '../../registry/provider-routes.ts';
import type { Db } from '../../store/database.ts';
import { creditBillOnce, type NotCredited } from './credit-bill.ts';
import { type Paid, recordPayment, takePaymentBack } from './record-payment.ts';
import type { StoreParts } from './store-bill.ts';

const minorText = z.string().regex(/^-?[1-9]\d{0,29}$/, 'must be whole minor units as text, not zero');

const billRowSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['tax_invoice', 'proforma', 'credit_note']),
    numberText: z.string(),
    providerId: z.int(),
    issuedAt: z.string(),
    currency: z.string(),
    totalMinor: z.string(),
    correctsBillId: z.string().nullable(),
  })
  .openapi('IssuedBill');

const list = defineRoute({
  method: 'get',
  path: '/bills',
  'x-permission': 'bills.read',
  'x-own-data': true,
  summary: 'Issued bills and credit notes, the newest first; a provider gets its own',
  request: { query: pageQueryOf(uuidSchema).extend({ providerId: providerIdSchema.optional() }) },
  responses: { 200: jsonAnswer('a page', pageOf(billRowSchema)), ...refusals },
});

const credit = defineRoute({
  method: 'post',
  path: '/bills/{billId}/credit-notes',
  'x-permission': 'bills.issue',
  summary: 'Correct an issued bill by a credit note, all of it or by lines',
  request: {
    params: z.object({ billId: uuidSchema }),
    headers: idempotencyHeader,
    body: jsonBody(
      z
        .strictObject({
          reason: plainTextSchema(500),
          lines: z
            .array(
              z.strictObject({
                lineNo: z.int().positive(),
                amountMinor: minorText.optional(),
                sessionIds: z.array(uuidSchema).min(1).max(1_000).optional(),
              }),
            )
            .min(1)
            .max(1_000)
            .refine(
              (lines) => new Set(lines.map(({ lineNo }) => lineNo)).size === lines.length,
              'names a line twice',
            )
            .refine(
              (lines) =>
                lines.every(
                  ({ amountMinor, sessionIds }) => amountMinor === undefined || sessionIds === undefined,
                ),
              'a line is credited by an amount or by sessions, or all of it by neither',
            )
            .optional()
            .openapi({ description: 'left out: all that is left of the bill' }),
        })
        .openapi('NewCreditNote'),
    ),
  },
  responses: {
    201: jsonAnswer(
      'the credit note',
      z.object({ billId: z.string(), numberText: z.string(), totalMinor: z.string() }),
    ),
    404: problemAnswer('no such bill'),
    409: problemAnswer('more than is left of the bill'),
    ...refusals,
  },
});

const paymentSchema = z
  .object({
    id: z.string(),
    billId: z.string(),
    amountMinor: z.string(),
    currency: z.string(),
    paidAt: z.string(),
    reference: z.string(),
    reverses: z.string().nullable(),
  })
  .openapi('Payment');

const pay = (timeZone: string) =>
  defineRoute({
    method: 'post',
    path: '/bills/{billId}/payments',
    'x-permission': 'bills.issue',
    summary: 'Record that a bill was paid, or a part of it',
    request: {
      params: z.object({ billId: uuidSchema }),
      headers: idempotencyHeader,
      body: jsonBody(
        z
          .strictObject({
            amountMinor: z.string().regex(/^[1-9]\d{0,29}$/, 'must be whole minor units above zero as text'),
            paidAt: instantParameter(timeZone),
            reference: plainTextSchema(120),
          })
          .openapi('NewPayment'),
      ),
    },
    responses: {
      201: jsonAnswer('recorded', paymentSchema),
      404: problemAnswer('no such bill'),
      409: problemAnswer('recorded before, or nothing that is paid'),
      ...refusals,
    },
  });

const takeBack = defineRoute({
  method: 'post',
  path: '/payments/{paymentId}/reversal',
  'x-permission': 'bills.issue',
  summary: 'Take back a payment that did not arrive or was recorded wrong',
  request: { params: z.object({ paymentId: uuidSchema }), headers: idempotencyHeader },
  responses: {
    201: jsonAnswer('the payment below zero that takes it back', paymentSchema),
    404: problemAnswer('no such payment'),
    409: problemAnswer('it was taken back before'),
    ...refusals,
  },
});

const account = defineRoute({
  method: 'get',
  path: '/providers/{id}/account',
  'x-permission': 'bills.read',
  'x-own-data': true,
  summary: 'What we owe a provider, from bills, credit notes and payments; a provider gets its own',
  request: { params: z.object({ id: providerIdSchema }) },
  responses: {
    200: jsonAnswer(
      'one balance for each currency',
      z.object({
        balances: z.array(
          z.object({
            currency: z.string(),
            owedMinor: z.string(),
            billedMinor: z.string(),
            creditedMinor: z.string(),
            paidMinor: z.string(),
          }),
        ),
      }),
    ),
    404: problemAnswer('no such provider'),
    ...refusals,
  },
});

export function issuedBillRoutes(parts: StoreParts & { db: Db; timeZone: string }) {
  const { db, clock } = parts;
  return makeRouter()
    .openapi(list, async (c) => {
      const { limit, cursor, providerId } = c.req.valid('query');
      const own = callerOf(c).providerId;
      const rows = await db
        .selectFrom('bills')
        .select([
          'id',
          'kind',
          'number_text',
          'provider_id',
          'issued_at',
          'currency',
          'total_minor',
          'corrects_bill_id',
        ])
        .$if(own !== null, (query) => query.where('provider_id', '=', own ?? 0))
        .$if(providerId !== undefined, (query) => query.where('provider_id', '=', providerId ?? 0))
        .$if(cursor !== undefined, (query) => query.where('id', '<', cursor ?? ''))
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const views = rows.map((row) => ({
        id: row.id,
        kind: row.kind,
        numberText: row.number_text,
        providerId: row.provider_id,
        issuedAt: isoInstant(row.issued_at.getTime()),
        currency: row.currency,
        totalMinor: row.total_minor,
        correctsBillId: row.corrects_bill_id,
      }));
      return c.json(
        pageFrom(views, limit, ({ id }) => id),
        200,
      );
    })
    .openapi(credit, async (c) => {
      const { billId } = c.req.valid('param');
      const { reason, lines } = c.req.valid('json');
      const wanted = lines?.map(({ lineNo, amountMinor, sessionIds }) => {
        if (amountMinor !== undefined)
          return { lineNo, what: { kind: 'amount' as const, amountMinor: BigInt(amountMinor) } };
        if (sessionIds !== undefined) return { lineNo, what: { kind: 'sessions' as const, sessionIds } };
        return { lineNo, what: { kind: 'all' as const } };
      });
      const once = onceOf(c, 'POST /bills/credit-notes', { billId, reason, lines }, { db, clock });
      const order = { billId, reason, lines: wanted, by: callerOf(c) };
      const done = await creditBillOnce(order, once, parts);
      if (done.kind === 'created') return c.json(done.body, 201);
      if (done.kind === 'key_reused') return answerKeyReused(c);
      if (done.kind === 'unknown') return answerUnknown(c, `bill ${billId}`);
      return answerProblem(c, 409, {
        code: 'not-credited',
        title: 'Not credited',
        detail: whyNotCredited(done),
      });
    })
    .openapi(pay(parts.timeZone), async (c) => {
      const { billId } = c.req.valid('param');
      const { amountMinor, paidAt, reference } = c.req.valid('json');
      const order = {
        billId,
        amountMinor: BigInt(amountMinor),
        paidAtMs: paidAt,
        reference,
        by: callerOf(c),
      };
      const body = { billId, amountMinor, paidAt, reference };
      const once = onceOf(c, 'POST /bills/payments', body, { db, clock });
      const done = await createOnce(once, (trx) => recordPayment(trx, order, parts));
      if (done.kind === 'created') return c.json(done.body, 201);
      if (done.kind === 'key_reused') return answerKeyReused(c);
      if (done.kind === 'unknown') return answerUnknown(c, `bill ${billId}`);
      return answerProblem(c, 409, {
        code: 'not-recorded',
        title: 'Payment not recorded',
        detail: whyNotPaid(done),
      });
    })
    .openapi(takeBack, async (c) => {
      const { paymentId } = c.req.valid('param');
      const by = callerOf(c);
      const once = onceOf(c, 'POST /payments/reversal', { paymentId }, { db, clock });
      const done = await createOnce(once, (trx) => takePaymentBack(trx, { paymentId, by }, parts));
      if (done.kind === 'created') return c.json(done.body, 201);
      if (done.kind === 'key_reused') return answerKeyReused(c);
      if (done.kind === 'unknown') return answerUnknown(c, `payment ${paymentId}`);
      return answerProblem(c, 409, {
        code: 'not-recorded',
        title: 'Payment not taken back',
        detail: whyNotPaid(done),
      });
    })
    .openapi(account, async (c) => {
      const { id } = c.req.valid('param');
      const own = callerOf(c).providerId;
      if (own !== null && own !== id) return answerUnknown(c, `provider ${id}`);
      const rows = await db
        .selectFrom('provider_balances')
        .selectAll()
        .where('provider_id', '=', id)
        .execute();
      const balances = rows.map((row) => ({
        currency: row.currency,
        owedMinor: row.owed_minor,
        billedMinor: row.billed_minor ?? '0',
        creditedMinor: row.credited_minor ?? '0',
        paidMinor: row.paid_minor ?? '0',
      }));
      return c.json({ balances }, 200);
    });
}

function whyNotCredited(done: Exclude<NotCredited, { kind: 'unknown' }>): string {
  switch (done.kind) {
    case 'no_bill':
      return 'a credit note is not credited; correct its bill';
    case 'unknown_line':
      return `the bill has no line ${done.lineNo}`;
    case 'not_on_line':
      return `not on line ${done.lineNo}, or off it already: ${done.sessionIds.slice(0, 10).join(', ')}`;
    case 'too_much':
      return `of line ${done.lineNo} ${done.rest.amountMinor} minor units and ${done.rest.netG} g are left`;
    case 'nothing_left':
      return 'nothing is left to credit of what was named';
  }
}

function whyNotPaid(done: Exclude<Paid, { kind: 'created' | 'unknown' }>): string {
  switch (done.kind) {
    case 'no_bill':
      return 'a credit note is not paid; pay its bill';
    case 'reference_taken':
      return 'a payment of this bill with this reference is recorded already';
    case 'taken_back_already':
      return 'it was taken back before';
  }
}
