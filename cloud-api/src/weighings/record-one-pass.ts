import { isDeepStrictEqual } from 'node:util';
import { type JournalEntry, netOf, truckKeyOf } from '@weighgate/protocol';
import type { Closed } from './close-session.ts';
import { type SessionBook, untouched } from './session-book.ts';
import { siteOf } from './site-of.ts';

/** A truck was weighed once, with its stored tare: a session that is closed from the start, with one weight. */
export function recordOnePass(
  book: SessionBook,
  entry: Extract<JournalEntry, { kind: 'session.one_pass' }>,
): Closed {
  const { body } = entry;
  const { weight, storedTare, net } = body;
  const tareG = new Map(body.tares.map((tare) => [tare.container, tare.tareG]));
  const loaded = { grossG: weight.grossG, containers: body.containers };
  const computed = netOf(loaded, { grossG: storedTare.tareG, containers: [] }, tareG);
  if (tareG.size !== body.tares.length || !isDeepStrictEqual(computed, net)) {
    const detail = `the entry says ${JSON.stringify(net)}, its weight and tares give ${JSON.stringify(computed)}`;
    return { kind: 'parked', reason: 'net_mismatch', detail };
  }
  book.add({
    ...untouched,
    id: body.sessionId,
    device: entry.device,
    incarnation: entry.incarnation,
    site: siteOf(body.ticketNo),
    state: 'closed',
    truck: body.truck,
    truck_key: truckKeyOf(body.truck),
    produce: body.produce,
    containers_in: body.containers,
    containers_out: [],
    first_weight_id: weight.weightId,
    first_gross_g: weight.grossG,
    stored_tare: storedTare.kind,
    truck_tare_g: net.truckTareG,
    net_g: net.netG,
    first_ticket_no: body.ticketNo,
    second_ticket_no: body.ticketNo,
    weighed_in_at: new Date(weight.registeredAt),
    weighed_out_at: new Date(weight.registeredAt),
  });
  book.addWeight(entry, 'single');
  return {
    kind: 'closed',
    delivery: {
      sessionId: body.sessionId,
      device: entry.device,
      truck: body.truck,
      produce: body.produce,
      netG: net.netG,
      weighedOutAt: weight.registeredAt,
      entryUuid: entry.uuid,
    },
  };
}
