import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';
import { type Mail, mailSchema } from './mail.ts';
import { MAX_ATTEMPTS } from './retry-rule.ts';

/** What a subscriber may be told of. */
export const eventTypes = [
  'bill.issued',
  'bill.credited',
  'payment.recorded',
  'dispute.opened',
  'dispute.answered',
  'dispute.resolved',
  'application.received',
  'application.approved',
  'application.rejected',
] as const;
export type EventType = (typeof eventTypes)[number];

/** Something that happened, as subscribers are told of it. */
export interface OutboundEvent {
  type: EventType;
  /** What it is about: the same cause is told once, however often it is queued. */
  cause: string;
  /** Plain JSON; money as text or whole numbers. */
  data: Readonly<Record<string, unknown>>;
}

type Parts = { clock: Clock; makeId: MakeId };

/**
 * Queues a mail in the transaction of its cause: it is sent if and only if that commits, and once for each cause and
 * receiver.
 * @param cause what it is sent for, such as `bill.mailed BILL_ID`
 * @returns whether it is new; not when this cause was queued to this receiver before
 * @throws ZodError for a mail that nothing could send: an address list, a subject of two lines, too large
 */
export async function queueMail(trx: Trx, cause: string, mail: Mail, parts: Parts): Promise<boolean> {
  const content = JSON.stringify(mailSchema.parse(mail));
  const row = messageOf({ channel: 'mail', cause, receiver: mail.to, content }, parts);
  const inserted = await trx
    .insertInto('outbound_messages')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning('message_id')
    .executeTakeFirst();
  return inserted !== undefined;
}

/**
 * Queues an event for every endpoint that asked for its type, in the transaction of its cause.
 * @returns to how many endpoints it goes
 */
export async function queueEvent(
  trx: Trx,
  { type, cause, data }: OutboundEvent,
  parts: Parts,
): Promise<number> {
  const endpoints = await trx
    .selectFrom('webhook_endpoints')
    .select('endpoint_id')
    .where('ended_at', 'is', null)
    .where(sql<boolean>`${type} = any (event_types)`)
    .execute();
  if (endpoints.length === 0) return 0;
  const content = JSON.stringify({ type, timestamp: isoInstant(parts.clock.now()), data });
  const inserted = await trx
    .insertInto('outbound_messages')
    .values(
      endpoints.map(({ endpoint_id }) =>
        messageOf({ channel: 'webhook', cause: `${type} ${cause}`, receiver: endpoint_id, content }, parts),
      ),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('message_id')
    .execute();
  return inserted.length;
}

function messageOf(
  message: { channel: 'mail' | 'webhook'; cause: string; receiver: string; content: string },
  { clock, makeId }: Parts,
) {
  const now = isoInstant(clock.now());
  return {
    ...message,
    message_id: makeId(),
    created_at: now,
    next_attempt_at: now,
    attempts_left: MAX_ATTEMPTS,
    last_detail: null,
  };
}
