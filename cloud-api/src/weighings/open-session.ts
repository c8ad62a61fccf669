import { type JournalEntry, truckKeyOf } from '@weighgate/protocol';
import type { Applied } from '../inbox/applied.ts';
import type { Trx } from '../store/database.ts';
import { endSession } from './end-session.ts';
import { type SessionBook, untouched } from './session-book.ts';
import { siteOf } from './site-of.ts';

/** A truck was weighed in: its session begins, and the one it takes the place of ends. */
export async function openSession(
  trx: Trx,
  book: SessionBook,
  entry: Extract<JournalEntry, { kind: 'session.opened' }>,
): Promise<Applied> {
  const { body } = entry;
  if (body.supersedes !== undefined) {
    const end = {
      sessionId: body.supersedes,
      how: 'superseded',
      was: 'open',
      entryUuid: entry.uuid,
    } as const;
    const ended = await book.aside(() => endSession(trx, end));
    if (ended.kind === 'parked') return ended;
  }
  book.add({
    ...untouched,
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
    weighed_in_at: new Date(body.weight.registeredAt),
  });
  book.addWeight(entry, 'first');
  return { kind: 'applied' };
}
