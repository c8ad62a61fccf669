import { isoInstant } from '@weighgate/protocol';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import { postToAccount } from '../../ledger/post-to-account.ts';
import { queueEvent } from '../../outbound/queue-message.ts';
import type { Trx } from '../../store/database.ts';
import { lockRun } from './find-run.ts';
import { settleRun } from './settle-run.ts';
import type { StoreParts } from './store-bill.ts';

export interface PaymentOrder {
  billId: string;
  /** Minor units of the bill's currency, above zero. */
  amountMinor: bigint;
  paidAtMs: number;
  /** What the bank calls it: one payment of a bill is recorded once by it. */
  reference: string;
  by: Actor;
}

/** A payment as it stands in the books. */
export interface Payment {
  id: string;
  billId: string;
  amountMinor: string;
  currency: string;
  paidAt: string;
  reference: string;
  reverses: string | null;
}

/** What came of recording a payment, or of taking one back. */
export type Paid =
  | { kind: 'created'; body: Payment }
  | { kind: 'unknown' }
  /** Credit notes are not paid. */
  | { kind: 'no_bill' }
  | { kind: 'reference_taken' }
  | { kind: 'taken_back_already' };

/** Records that a bill was paid, or a part of it, and posts it to the provider's account. */
export async function recordPayment(trx: Trx, order: PaymentOrder, parts: StoreParts): Promise<Paid> {
  const { billId, amountMinor, reference } = order;
  const bill = await trx.selectFrom('bills').selectAll().where('id', '=', billId).executeTakeFirst();
  if (bill === undefined) return { kind: 'unknown' };
  if (bill.run_id === null) return { kind: 'no_bill' };
  await lockRun(trx, bill.run_id);
  const taken = await trx
    .selectFrom('payments')
    .select('id')
    .where('bill_id', '=', billId)
    .where('reference', '=', reference)
    .executeTakeFirst();
  if (taken !== undefined) return { kind: 'reference_taken' };
  const row = { billId, providerId: bill.provider_id, currency: bill.currency, reference, reverses: null };
  return keep(
    trx,
    { ...row, amountMinor, paidAtMs: order.paidAtMs, runId: bill.run_id, by: order.by },
    parts,
  );
}

/** Takes a payment back that did not arrive or was recorded wrong: by another one below zero. */
export async function takePaymentBack(
  trx: Trx,
  { paymentId, by }: { paymentId: string; by: Actor },
  parts: StoreParts,
): Promise<Paid> {
  const payment = await trx
    .selectFrom('payments as p')
    .innerJoin('bills as b', 'b.id', 'p.bill_id')
    .selectAll('p')
    .select('b.run_id')
    .where('p.id', '=', paymentId)
    .where('p.reverses', 'is', null)
    .executeTakeFirst();
  if (payment === undefined || payment.run_id === null) return { kind: 'unknown' };
  await lockRun(trx, payment.run_id);
  const before = await trx
    .selectFrom('payments')
    .select('id')
    .where('reverses', '=', paymentId)
    .executeTakeFirst();
  if (before !== undefined) return { kind: 'taken_back_already' };
  return keep(
    trx,
    {
      billId: payment.bill_id,
      providerId: payment.provider_id,
      currency: payment.currency,
      reference: `taken back: ${paymentId}`,
      reverses: paymentId,
      amountMinor: -BigInt(payment.amount_minor),
      paidAtMs: parts.clock.now(),
      runId: payment.run_id,
      by,
    },
    parts,
  );
}

interface PaymentRow extends PaymentOrder {
  providerId: number;
  currency: string;
  reverses: string | null;
  runId: string;
}

async function keep(trx: Trx, row: PaymentRow, parts: StoreParts): Promise<Paid> {
  const { billId, providerId, currency, reference, reverses, amountMinor, by } = row;
  const payment = {
    id: parts.makeId(),
    billId,
    amountMinor: String(amountMinor),
    currency,
    paidAt: isoInstant(row.paidAtMs),
    reference,
    reverses,
  };
  await trx
    .insertInto('payments')
    .values({
      id: payment.id,
      bill_id: billId,
      provider_id: providerId,
      amount_minor: payment.amountMinor,
      currency,
      paid_at: payment.paidAt,
      reference,
      reverses,
      recorded_by: by.name,
      recorded_at: isoInstant(parts.clock.now()),
    })
    .execute();
  await postToAccount(
    trx,
    { kind: 'payment', providerId, currency, paymentId: payment.id, amountMinor },
    parts,
  );
  const subject = { kind: 'bill', id: billId };
  const action = reverses === null ? 'bill.paid' : 'payment.taken_back';
  await recordChange(trx, { by, action, subject, before: null, after: payment }, parts);
  await queueEvent(
    trx,
    { type: 'payment.recorded', cause: payment.id, data: { ...payment, providerId } },
    parts,
  );
  await settleRun(trx, row.runId);
  return { kind: 'created', body: payment };
}
