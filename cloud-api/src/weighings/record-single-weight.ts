import { type JournalEntry, truckKeyOf } from '@weighgate/protocol';
import type { Applied } from '../inbox/applied.ts';
import type { Trx } from '../store/database.ts';
import { addRegisteredWeight } from './add-registered-weight.ts';
import { siteOf } from './site-of.ts';

/** One weighing that stands alone: a session with a single weight and no net. */
export async function recordSingleWeight(
  trx: Trx,
  entry: Extract<JournalEntry, { kind: 'weight.single' }>,
): Promise<Applied> {
  const { body } = entry;
  await trx
    .insertInto('weighing_sessions')
    .values({
      id: body.sessionId,
      device: entry.device,
      incarnation: entry.incarnation,
      site: siteOf(body.ticketNo),
      state: 'single',
      truck: body.truck,
      truck_key: body.truck === null ? null : truckKeyOf(body.truck),
      produce: body.produce,
      containers_in: body.containers,
      first_weight_id: body.weight.weightId,
      first_gross_g: body.weight.grossG,
      first_ticket_no: body.ticketNo,
      weighed_in_at: body.weight.registeredAt,
    })
    .execute();
  await addRegisteredWeight(trx, entry, 'single');
  return { kind: 'applied' };
}
