import assert from 'node:assert/strict';
import { kgOf } from '@weighgate/protocol';
import type { StoredSession } from '../store/session-reader.ts';
import type { ListedWeighing } from '../store/weighing-lists.ts';

/**
 * One weighing of a list, with the names that Gan Shmuel callers read and our own. As there, both weighings of a closed
 * session show its `neto`: what adds up deliveries adds up `netKg`, which only the weighing that closed it has.
 */
export function listedWeighing({ weightId }: ListedWeighing, session: StoredSession | undefined) {
  assert(session !== undefined, `weighing ${weightId} is listed with a session that is not stored`);
  const { sessionId, truck, produce, provider, net, first, second } = session;
  const weighing = second?.weightId === weightId ? second : first;
  const known = net?.kind === 'known' ? net : null;
  const truckTareKg = known === null ? null : kgOf(known.truckTareG);
  const netKg = known === null ? null : kgOf(known.netG);
  const grossKg = kgOf(weighing.grossG);
  return {
    id: sessionId,
    session_id: sessionId,
    direction: weighing.direction === 'single' ? 'none' : weighing.direction,
    truck,
    produce: produce ?? 'na',
    provider,
    containers: weighing.containers,
    bruto: grossKg,
    gross_weight: grossKg,
    truck_tara: truckTareKg,
    truckTara: truckTareKg,
    neto: netKg ?? 'na',
    net_weight: netKg ?? 'na',
    grossKg,
    netKg: weighing === (second ?? first) ? netKg : null,
    waitingFor: net?.kind === 'pending' ? net.waitingFor : [],
    weightId,
    ticketNo: weighing.ticketNo,
    weighedAt: weighing.registeredAt,
    scale: weighing.scaleId,
    source: weighing.source,
    operator: weighing.operator,
    secondBy: weighing.manualSecondBy,
    reason: weighing.manualReason,
  };
}
