import { genesisHash, readEntry, walkChain } from '@weighgate/protocol';
import type { FinalState } from './final-state.ts';
import type { HistoryEvent, OkEvent, OpEvent } from './history.ts';

/** A promise that was not kept, and where. */
export interface Violation {
  rule:
    | 'lost'
    | 'doubled'
    | 'refused but recorded'
    | 'wrong weight'
    | 'wrong net'
    | 'ticket gap'
    | 'ticket twice'
    | 'ledger'
    | 'chain'
    | 'parked'
    | 'fork'
    | 'not delivered';
  detail: string;
}

/** A weighing as an entry of the cloud's journal tells it; one carried over into a later life is the same one. */
interface Fact {
  uuid: string;
  device: string;
  direction: 'in' | 'out';
  truck: string;
  ticketNo: string;
  isParked: boolean;
}

/**
 * Holds a history against what there is in the end. Pure: a file of each is enough, whenever.
 * A disk that was put back may have issued a number anew while it was offline: then, and only then, two weighings may have
 * one number, of which the cloud has to tell, and its chain may have forked. Nothing may be parked: no weighing here is
 * one that the cloud cannot understand.
 */
export function checkHistory(history: readonly HistoryEvent[], final: FinalState): Violation[] {
  const facts = factsOf(final);
  const rewound = new Set(
    history.flatMap((event) =>
      event.type === 'nemesis' && event.deed === 'old-disk' && event.note === 'put back'
        ? [event.target]
        : [],
    ),
  );
  return [
    ...checkOperations(lastEventOf(history), facts, final),
    ...checkTickets(facts, rewound, final),
    ...checkLedger(final),
    ...checkChains(final),
    ...checkSetAside(final, rewound),
  ];
}

function factsOf({ entries, parked }: FinalState): Fact[] {
  const parkedPlaces = new Set(parked.map(placeOf));
  const facts = new Map<string, Fact>();
  for (const stored of entries) {
    let reading = readEntry(stored.entryText);
    if (reading.kind === 'known' && reading.entry.kind === 'entry.carried')
      reading = readEntry(reading.entry.body.entryText);
    if (reading.kind !== 'known') continue;
    const { entry } = reading;
    if (entry.kind !== 'session.opened' && entry.kind !== 'session.closed') continue;
    if (facts.has(entry.uuid)) continue;
    facts.set(entry.uuid, {
      uuid: entry.uuid,
      device: stored.device,
      direction: entry.kind === 'session.opened' ? 'in' : 'out',
      truck: entry.body.truck,
      ticketNo: entry.body.ticketNo,
      isParked: parkedPlaces.has(placeOf(stored)),
    });
  }
  return [...facts.values()];
}

function placeOf({ device, incarnation, seq }: { device: string; incarnation: string; seq: number }): string {
  return `${device}/${incarnation}/${seq}`;
}

/** How each operation ended, by its truck and direction. */
function lastEventOf(history: readonly HistoryEvent[]): Map<string, OpEvent> {
  const last = new Map<string, OpEvent>();
  for (const event of history) if (event.type !== 'nemesis') last.set(keyOf(event), event);
  return last;
}

function keyOf({ truck, direction }: { truck: string; direction: 'in' | 'out' }): string {
  return `${truck} ${direction}`;
}

function checkOperations(
  operations: ReadonlyMap<string, OpEvent>,
  facts: readonly Fact[],
  { sessions }: FinalState,
): Violation[] {
  const factsByKey = Map.groupBy(facts, keyOf);
  const sessionsByTruck = Map.groupBy(sessions, ({ truck }) => truck);
  const violations: Violation[] = [];
  for (const [key, event] of operations) {
    const stored = factsByKey.get(key) ?? [];
    const counted = (sessionsByTruck.get(event.truck) ?? []).filter(
      ({ secondTicketNo }) => event.direction === 'in' || secondTicketNo !== null,
    );
    const places = counted.length + stored.filter(({ isParked }) => isParked).length;
    const where = `${event.device}: ${key}`;
    if (stored.length > 1 || places > 1)
      violations.push({ rule: 'doubled', detail: `${where} is ${stored.length} entries, ${places} places` });
    if (event.type === 'fail' && (stored.length > 0 || places > 0))
      violations.push({ rule: 'refused but recorded', detail: `${where} was refused as ${event.code}` });
    if (event.type !== 'ok') continue;
    if (stored.length === 0 || places === 0)
      violations.push({ rule: 'lost', detail: `${where}, ticket ${event.ticketNo}` });
    else violations.push(...checkWeights(event, operations, counted));
  }
  for (const { truck, direction } of facts) {
    if (!operations.has(keyOf({ truck, direction })))
      violations.push({ rule: 'doubled', detail: `nobody asked for ${truck} ${direction}` });
  }
  return violations;
}

function checkWeights(
  event: OkEvent,
  operations: ReadonlyMap<string, OpEvent>,
  sessions: FinalState['sessions'],
): Violation[] {
  const violations: Violation[] = [];
  const where = `${event.device}: ${keyOf(event)}`;
  if (event.grossKg !== event.kg)
    violations.push({
      rule: 'wrong weight',
      detail: `${where} answered ${event.grossKg} for ${event.kg} kg`,
    });
  const inKg = operations.get(keyOf({ truck: event.truck, direction: 'in' }))?.kg ?? Number.NaN;
  const netKg = event.direction === 'in' ? null : inKg - event.kg;
  if (event.netKg !== netKg)
    violations.push({ rule: 'wrong net', detail: `${where} answered ${event.netKg}, not ${netKg} kg` });
  for (const session of sessions) {
    const [ticketNo, grossG] =
      event.direction === 'in'
        ? [session.firstTicketNo, session.firstGrossG]
        : [session.secondTicketNo, session.secondGrossG];
    if (ticketNo !== event.ticketNo || session.id !== event.sessionId)
      violations.push({
        rule: 'lost',
        detail: `${where}: ticket ${event.ticketNo}, in the cloud ${ticketNo}`,
      });
    if (grossG !== event.kg * 1000)
      violations.push({
        rule: 'wrong weight',
        detail: `${where}: ${grossG} g in the cloud for ${event.kg} kg`,
      });
    if (netKg !== null && session.netG !== netKg * 1000)
      violations.push({
        rule: 'wrong net',
        detail: `${where}: ${session.netG} g in the cloud, not ${netKg} kg`,
      });
  }
  return violations;
}

function checkTickets(
  facts: readonly Fact[],
  rewound: ReadonlySet<string>,
  { alarms }: FinalState,
): Violation[] {
  const violations: Violation[] = [];
  for (const [ticketNo, holders] of Map.groupBy(facts, (fact) => fact.ticketNo)) {
    if (holders.length === 1) continue;
    const mayRepeat = holders.every(({ device }) => rewound.has(device));
    // One alarm for each chain, with the newest words: it names one of several numbers.
    const isTold = holders.every((holder) =>
      alarms.some(({ code, device }) => code === 'ticket_twice' && device === holder.device),
    );
    const of = `${ticketNo} is of ${holders.map(keyOf).join(' and ')}`;
    if (!mayRepeat) violations.push({ rule: 'ticket twice', detail: of });
    else if (!isTold) violations.push({ rule: 'ticket twice', detail: `${of}, and no alarm tells` });
  }
  for (const [series, numbers] of Map.groupBy(new Set(facts.map(({ ticketNo }) => ticketNo)), (ticketNo) =>
    ticketNo.slice(0, ticketNo.lastIndexOf('-')),
  )) {
    const sorted = numbers
      .map((ticketNo) => Number(ticketNo.slice(series.length + 1)))
      .toSorted((a, b) => a - b);
    const missing = sorted.findIndex((number, index) => number !== index + 1);
    if (missing !== -1)
      violations.push({ rule: 'ticket gap', detail: `${series}-${missing + 1} is nowhere` });
  }
  return violations;
}

function checkLedger({ sessions, ledger }: FinalState): Violation[] {
  const violations: Violation[] = [];
  const posted = Map.groupBy(ledger, ({ sessionId }) => sessionId);
  for (const { id, netG } of sessions) {
    const rows = posted.get(id) ?? [];
    const sumG = rows.reduce((sum, row) => sum + row.netG, 0);
    if (rows.length !== (netG === null ? 0 : 1) || sumG !== (netG ?? 0))
      violations.push({
        rule: 'ledger',
        detail: `session ${id} of ${netG} g has ${rows.length} rows of ${sumG} g`,
      });
    posted.delete(id);
  }
  for (const id of posted.keys()) violations.push({ rule: 'ledger', detail: `there is no session ${id}` });
  return violations;
}

function checkChains({ entries, edges }: FinalState): Violation[] {
  const violations: Violation[] = [];
  const chains = Map.groupBy(entries, ({ device, incarnation }) => `${device}/${incarnation}`);
  for (const [name, links] of chains) {
    const [{ device, incarnation } = { device: '', incarnation: '' }] = links;
    const walk = walkChain(
      links.toSorted((a, b) => a.seq - b.seq),
      { seq: 0, hash: genesisHash(device, incarnation) },
    );
    if (walk.kind === 'broken')
      violations.push({ rule: 'chain', detail: `${name} at ${walk.brokenAtSeq}: ${walk.reason}` });
  }
  for (const { device, incarnation, headSeq, headHash, isDelivered } of edges) {
    if (!isDelivered) violations.push({ rule: 'not delivered', detail: device });
    const there = chains.get(`${device}/${incarnation}`)?.find(({ seq }) => seq === headSeq);
    if (there?.hash !== headHash)
      violations.push({ rule: 'chain', detail: `entry ${headSeq} of ${device} is not the one in the cloud` });
  }
  return violations;
}

function checkSetAside({ parked, forks }: FinalState, rewound: ReadonlySet<string>): Violation[] {
  return [
    ...parked.map(({ device, seq, kind, reason }) => ({
      rule: 'parked' as const,
      detail: `${kind}, entry ${seq} of ${device}: ${reason || 'no reason'}`,
    })),
    ...forks
      .filter(({ device }) => !rewound.has(device))
      .map(({ device, seq }) => ({ rule: 'fork' as const, detail: `entry ${seq} of ${device}` })),
  ];
}
