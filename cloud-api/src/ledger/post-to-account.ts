import { isoInstant } from '@weighgate/protocol';
import type { AccountPostingsTable } from '../store/account-tables.ts';
import type { Trx } from '../store/database.ts';
import type { PostParts } from './post-delivery.ts';

/** What changes how much we owe a provider. Amounts are minor units; those of a credit note are below zero. */
export type AccountEvent = { providerId: number; currency: string } & (
  | { kind: 'bill' | 'credit_note'; billId: string; netMinor: bigint; vatMinor: bigint }
  | { kind: 'payment'; paymentId: string; amountMinor: bigint }
);

/**
 * Posts to a provider's account in double entry, in the transaction of its cause: a bill is what we bought and its VAT
 * against what we owe; a payment is what we owe against the bank. The schema refuses what does not sum to zero.
 */
export async function postToAccount(
  trx: Trx,
  event: AccountEvent,
  { clock, makeId }: PostParts,
): Promise<void> {
  const id = makeId();
  await trx
    .insertInto('account_transactions')
    .values({
      id,
      provider_id: event.providerId,
      kind: event.kind,
      bill_id: event.kind === 'payment' ? null : event.billId,
      payment_id: event.kind === 'payment' ? event.paymentId : null,
      currency: event.currency,
      posted_at: isoInstant(clock.now()),
    })
    .execute();
  await trx
    .insertInto('account_postings')
    .values(
      postingsOf(event).map(({ account, amountMinor }) => ({
        transaction_id: id,
        account,
        amount_minor: String(amountMinor),
      })),
    )
    .execute();
}

/** Debits above zero, credits below. Pure. */
function postingsOf(
  event: AccountEvent,
): { account: AccountPostingsTable['account']; amountMinor: bigint }[] {
  if (event.kind === 'payment') {
    return [
      { account: 'payable', amountMinor: event.amountMinor },
      { account: 'bank', amountMinor: -event.amountMinor },
    ];
  }
  return [
    { account: 'purchases', amountMinor: event.netMinor },
    { account: 'input_vat', amountMinor: event.vatMinor },
    { account: 'payable', amountMinor: -(event.netMinor + event.vatMinor) },
  ];
}
