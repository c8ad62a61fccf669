import { type JournalEntry, truckKeyOf } from '@weighgate/protocol';
import type { Applied } from '../inbox/applied.ts';
import { type SessionBook, untouched } from './session-book.ts';
import { siteOf } from './site-of.ts';

/** One weighing that stands alone: a session with a single weight and no net. */
export function recordSingleWeight(
  book: SessionBook,
  entry: Extract<JournalEntry, { kind: 'weight.single' }>,
): Applied {
  const { body } = entry;
  book.add({
    ...untouched,
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
    weighed_in_at: new Date(body.weight.registeredAt),
  });
  book.addWeight(entry, 'single');
  return { kind: 'applied' };
}
