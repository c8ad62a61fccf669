import { isDeepStrictEqual } from 'node:util';
import { isoInstant, type JournalEntry, netOf } from '@weighgate/protocol';
import type { Closed } from './close-session.ts';
import type { SessionBook } from './session-book.ts';

/**
 * The last tare of a pending net has come: the net is computed again from the entry and from the weights stored here,
 * and the session delivers. The delivery counts for the day it was weighed out.
 */
export function completeNet(
  book: SessionBook,
  entry: Extract<JournalEntry, { kind: 'session.net_completed' }>,
): Closed {
  const { sessionId, completes, first, second, tares, net } = entry.body;
  const session = book.find(sessionId);
  if (session === undefined || session.waiting_for === null || session.ended !== null) {
    return parked('net_not_pending', `session ${sessionId} is not here or waits for no tare`);
  }
  const { truck, weighed_out_at: weighedOutAt } = session;
  if (truck === null || weighedOutAt === null) {
    return parked('net_not_pending', `session ${sessionId} was not weighed out`);
  }
  const stored = {
    first: [session.first_weight_id, session.first_gross_g, new Set(session.containers_in)],
    second: [session.second_weight_id, session.second_gross_g, new Set(session.containers_out)],
  };
  const said = {
    first: [first.weightId, first.grossG, new Set(first.containers)],
    second: [second.weightId, second.grossG, new Set(second.containers)],
  };
  if (completes !== session.second_weight_id || !isDeepStrictEqual(stored, said)) {
    return parked('weight_mismatch', 'the weighings in the entry are not those stored');
  }
  const tareG = new Map(tares.map((tare) => [tare.container, tare.tareG]));
  const computed = netOf(first, second, tareG);
  if (tareG.size !== tares.length || !isDeepStrictEqual(computed, net)) {
    return parked('net_mismatch', `the entry says ${JSON.stringify(net)}, not ${JSON.stringify(computed)}`);
  }
  book.change(sessionId, { net_g: net.netG, truck_tare_g: net.truckTareG, waiting_for: null });
  const delivery = {
    sessionId,
    device: entry.device,
    truck,
    produce: session.produce,
    netG: net.netG,
    weighedOutAt: isoInstant(weighedOutAt.getTime()),
    entryUuid: entry.uuid,
  };
  return { kind: 'closed', delivery };
}

function parked(reason: string, detail: string): Closed {
  return { kind: 'parked', reason, detail };
}
