import { type JournalEntry, truckKeyOf } from '@weighgate/protocol';
import type { Delivery } from '../ledger/post-delivery.ts';
import { checkNet } from './check-net.ts';
import type { SessionBook } from './session-book.ts';

type ClosedEntry = Extract<JournalEntry, { kind: 'session.closed' }>;

/** A closed session and what it delivers: null while its net is pending. */
export type Closed =
  | { kind: 'closed'; delivery: Delivery | null }
  | { kind: 'parked'; reason: string; detail: string };

/**
 * A truck was weighed out: its session ends. The net is computed again and the first weighing compared with the one
 * stored; an entry that contradicts either is parked and the session stays open.
 */
export function closeSession(book: SessionBook, entry: ClosedEntry): Closed {
  const { body } = entry;
  const session = book.find(body.sessionId);
  if (session === undefined || session.state !== 'open' || session.ended !== null) {
    const how = session?.ended ?? session?.state ?? 'unknown here';
    return parked('session_not_open', `session ${body.sessionId} is ${how}`);
  }
  if (session.truck_key !== truckKeyOf(body.truck)) {
    return parked('truck_mismatch', `weighed in as ${session.truck}, out as ${body.truck}`);
  }
  if (session.first_weight_id !== body.first.weightId || session.first_gross_g !== body.first.grossG) {
    return parked('first_weight_mismatch', 'the first weighing in the entry is not the one stored');
  }
  if (!sameContainers(session.containers_in, body.first.containers)) {
    return parked('first_weight_mismatch', 'the containers of the first weighing are not those stored');
  }
  const check = checkNet(body);
  if (check.kind === 'mismatch') return parked('net_mismatch', check.detail);
  const { net } = body;
  if (net.kind === 'known' && net.netG < 0) {
    return parked('negative_net', `net ${net.netG} g: the truck left heavier than it came`);
  }

  // What was said at the second weighing is what was really unloaded.
  const produce = body.produce ?? session.produce;
  book.change(body.sessionId, {
    state: 'closed',
    produce,
    containers_out: body.containers,
    second_weight_id: body.weight.weightId,
    second_gross_g: body.weight.grossG,
    truck_tare_g: net.kind === 'known' ? net.truckTareG : null,
    net_g: net.kind === 'known' ? net.netG : null,
    waiting_for: net.kind === 'pending' ? net.waitingFor : null,
    second_ticket_no: body.ticketNo,
    weighed_out_at: new Date(body.weight.registeredAt),
  });
  book.addWeight(entry, 'second');
  if (net.kind === 'pending') return { kind: 'closed', delivery: null };
  const delivery: Delivery = {
    sessionId: body.sessionId,
    device: entry.device,
    truck: body.truck,
    produce,
    netG: net.netG,
    weighedOutAt: body.weight.registeredAt,
    entryUuid: entry.uuid,
  };
  return { kind: 'closed', delivery };
}

function parked(reason: string, detail: string): Closed {
  return { kind: 'parked', reason, detail };
}

function sameContainers(stored: readonly string[], said: readonly string[]): boolean {
  return new Set(stored).symmetricDifference(new Set(said)).size === 0;
}
