import { type Clock, isoInstant, truckKeyOf } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';
import type { Fact } from './fact-of.ts';
import type { ProvenRow } from './plan-batch.ts';

/** Why an entry was stored but not applied. `reason` is a word to count by, `detail` a sentence to read. */
export interface Parking {
  reason: string;
  detail: string;
}

/** Sets a stored entry aside, with what billing must know of it: whose truck it is about and when that was weighed. */
export async function parkEntry(
  trx: Trx,
  place: { device: string; incarnation: string },
  row: Pick<ProvenRow, 'seq'>,
  fact: Fact,
  parking: Parking,
  clock: Clock,
): Promise<void> {
  await trx
    .insertInto('parked_entries')
    .values({
      device: place.device,
      incarnation: place.incarnation,
      seq: row.seq,
      kind: fact.content.kind,
      ...parking,
      ...weighingOf(fact),
      parked_at: isoInstant(clock.now()),
    })
    .execute();
}

const noWeighing = { session_id: null, ticket_no: null, truck: null, truck_key: null, weighed_at: null };

function weighingOf({ matter }: Fact) {
  if (matter.kind === 'parked') return noWeighing;
  const { body } = matter.entry;
  if (!('weight' in body))
    return 'sessionId' in body ? { ...noWeighing, session_id: body.sessionId } : noWeighing;
  const { sessionId, ticketNo, truck, weight } = body;
  return {
    session_id: sessionId,
    ticket_no: ticketNo,
    truck,
    truck_key: truck === null ? null : truckKeyOf(truck),
    weighed_at: weight.registeredAt,
  };
}
