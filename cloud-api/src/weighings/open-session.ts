import { type JournalEntry, truckKeyOf } from '@weighgate/protocol';
import type { Applied } from '../inbox/applied.ts';
import type { Trx } from '../store/database.ts';
import { addRegisteredWeight } from './add-registered-weight.ts';
import { siteOf } from './site-of.ts';

/** A truck was weighed in: its session begins. */
export async function openSession(
  trx: Trx,
  entry: Extract<JournalEntry, { kind: 'session.opened' }>,
): Promise<Applied> {
  const { body } = entry;
  await trx
    .insertInto('weighing_sessions')
    .values({
      id: body.sessionId,
      device: entry.device,
      incarnation: entry.incarnation,
      site: siteOf(body.ticketNo),
      state: 'open',
      truck: body.truck,
      truck_key: truckKeyOf(body.truck),
      produce: body.produce,
      containers_in: body.containers,
      first_weight_id: body.weight.weightId,
      first_gross_g: body.weight.grossG,
      first_ticket_no: body.ticketNo,
      weighed_in_at: body.weight.registeredAt,
    })
    .execute();
  await addRegisteredWeight(trx, entry, 'first');
  return { kind: 'applied' };
}
