import assert from 'node:assert/strict';
import { type EntryContent, type Net, truckKeyOf, type Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type {
  Idempotency,
  OpenSession,
  WeighingEntry,
  WeighingFacts,
  WeighingStore,
} from '../weighing/weighing-store.ts';
import type { Identity } from './identity.ts';
import type { Journal } from './journal.ts';
import type { PrintQueue } from './print-queue.ts';
import { type TicketNumber, ticketNumbers } from './ticket-numbers.ts';
import type { TruckProposals } from './truck-proposals.ts';

interface OpenSessionRow {
  sessionId: Uuid;
  truck: string;
  produce: string | null;
  provider: string | null;
  weightId: Uuid;
  grossG: number;
  containers: string;
}

/** The desk's store in SQLite. */
export function openSessionStore(
  database: Database.Database,
  journal: Journal,
  identity: Identity,
  printQueue: Pick<PrintQueue, 'add'>,
  proposals: TruckProposals,
): WeighingStore {
  const tickets = ticketNumbers(database, identity, journal);
  const selectOpen = database.prepare<[string], OpenSessionRow>(`
    SELECT session.session_id AS sessionId, session.truck, session.produce, session.provider,
           weight.weight_id AS weightId, weight.gross_g AS grossG,
           coalesce(session.first_containers, weight.containers) AS containers
    FROM weighing_sessions AS session
    JOIN registered_weights AS weight ON weight.weight_id = session.first_weight_id
    WHERE session.truck_key = ? AND session.state = 'open' AND session.ended IS NULL
  `);
  const selectTare = database
    .prepare<[string], number>('SELECT tare_g FROM container_tares WHERE container = ?')
    .pluck();
  const insertSession = database.prepare(`
    INSERT INTO weighing_sessions (session_id, truck, truck_key, produce, provider, state, first_weight_id)
    VALUES (?, ?, ?, ?, ?, ?, ?)
  `);
  const insertOnePass = database.prepare(`
    INSERT INTO weighing_sessions
      (session_id, truck, truck_key, produce, provider, state, first_weight_id, second_weight_id, net_kind, net_g,
       truck_tare_g, stored_tare)
    VALUES (@sessionId, @truck, @truckKey, @produce, @provider, 'closed', @weightId, @weightId, 'known', @netG, @truckTareG, @kind)
  `);
  const closeSession = database.prepare(`
    UPDATE weighing_sessions
    SET state = 'closed', produce = @produce, provider = @provider, second_weight_id = @weightId,
        net_kind = @netKind, net_g = @netG, truck_tare_g = @truckTareG, waiting_for = @waitingFor
    WHERE session_id = @sessionId AND state = 'open' AND ended IS NULL
  `);
  // The session that takes its place is written before its entry, which is not there to be named yet.
  const supersede = database.prepare(`
    UPDATE weighing_sessions SET ended = 'superseded', ended_entry_uuid = first_weight_id
    WHERE session_id = ? AND state = 'open' AND ended IS NULL
  `);
  const nameSuperseding = database.prepare(`
    UPDATE weighing_sessions SET ended_entry_uuid = ? WHERE session_id = ?
  `);
  const insertKey = database.prepare(`
    INSERT INTO idempotency_keys (key, request_digest, entry_uuid) VALUES (?, ?, ?)
  `);
  const selectKey = database.prepare<[string], { requestDigest: string; entryUuid: string }>(`
    SELECT request_digest AS requestDigest, entry_uuid AS entryUuid FROM idempotency_keys WHERE key = ?
  `);

  function openSessionOf(truck: string): OpenSession | undefined {
    const row = selectOpen.get(truckKeyOf(truck));
    if (row === undefined) return undefined;
    const { sessionId, produce, provider, weightId, grossG } = row;
    return {
      sessionId,
      truck: row.truck,
      produce,
      provider,
      first: { weightId, grossG, containers: JSON.parse(row.containers) },
    };
  }

  function taresOf(containers: Iterable<string>): ReadonlyMap<string, number> {
    const tares = new Map<string, number>();
    for (const container of containers) {
      const tareG = selectTare.get(container);
      if (tareG !== undefined) tares.set(container, tareG);
    }
    return tares;
  }

  /** Writes what every weighing writes. Its session must name the weight already. */
  function keep(
    direction: 'in' | 'out' | 'single',
    { weight, sessionId, containers }: Omit<WeighingFacts, 'truck'>,
    ticket: TicketNumber,
    content: EntryContent & { kind: WeighingEntry['kind'] },
    idempotency: Idempotency | null,
  ): WeighingEntry {
    const shown = { sessionId, direction, weight, containers, ticket };
    const entry = journal.appendWeighing(content, shown) as WeighingEntry;
    tickets.keep(ticket);
    printQueue.add(weight.weightId);
    if (idempotency !== null) insertKey.run(idempotency.key, idempotency.requestDigest, entry.uuid);
    return entry;
  }

  /** What a weighing says beside its weight, left out where there is nothing to say. An unknown truck is proposed. */
  function besideWeight({
    truck,
    provider,
    legalGrossG,
    inspection,
    masterData,
  }: Pick<WeighingFacts, 'provider' | 'legalGrossG' | 'inspection' | 'masterData'> & {
    truck: string | null;
  }) {
    const used =
      masterData === undefined || truck === null ? masterData : proposals.withProposal(truck, masterData);
    return {
      ...(provider === undefined ? {} : { provider }),
      ...(legalGrossG === undefined ? {} : { legalGrossG }),
      ...(inspection === undefined ? {} : { inspection }),
      ...(used === undefined ? {} : { masterData: used }),
    };
  }

  return {
    openSessionOf,
    taresOf,

    recordIn: (facts, idempotency) =>
      journal.commit(() => {
        const { sessionId, truck, produce, containers, weight, supersedes } = facts;
        const ticket = tickets.next();
        const body = {
          sessionId,
          ticketNo: ticket.ticketNo,
          truck,
          produce,
          containers: [...containers],
          weight,
          ...(supersedes === undefined ? {} : { supersedes }),
          ...besideWeight(facts),
        };
        if (supersedes !== undefined) {
          const { changes } = supersede.run(supersedes);
          assert(changes === 1, `session ${supersedes} is superseded and was not open`);
        }
        insertSession.run(
          sessionId,
          truck,
          truckKeyOf(truck),
          produce,
          facts.provider ?? null,
          'open',
          weight.weightId,
        );
        const entry = keep('in', facts, ticket, { kind: 'session.opened', body }, idempotency);
        if (supersedes !== undefined) nameSuperseding.run(entry.uuid, supersedes);
        return entry;
      }),

    recordOut: (facts, idempotency) =>
      journal.commit(() => {
        const { sessionId, truck, produce, containers, weight, first, tares, net, tareDrift } = facts;
        const ticket = tickets.next();
        const body = {
          sessionId,
          ticketNo: ticket.ticketNo,
          truck,
          produce,
          containers: [...containers],
          weight,
          first: { ...first, containers: [...first.containers] },
          tares: [...tares].map(([container, tareG]) => ({ container, tareG })),
          net,
          ...(tareDrift === undefined ? {} : { tareDrift }),
          ...besideWeight(facts),
        };
        const provider = facts.provider ?? null;
        const row = { sessionId, produce, provider, weightId: weight.weightId, ...netColumns(net) };
        const { changes } = closeSession.run(row);
        assert(changes === 1, `session ${sessionId} is weighed out and was not open`);
        return keep('out', facts, ticket, { kind: 'session.closed', body }, idempotency);
      }),

    recordOnePass: (facts, idempotency) =>
      journal.commit(() => {
        const { sessionId, truck, produce, containers, weight, storedTare, tares, net } = facts;
        const ticket = tickets.next();
        const body = {
          sessionId,
          ticketNo: ticket.ticketNo,
          truck,
          produce,
          containers: [...containers],
          weight,
          storedTare,
          tares: [...tares].map(([container, tareG]) => ({ container, tareG })),
          net: { ...net, kind: 'known' as const },
          ...besideWeight(facts),
        };
        insertOnePass.run({
          sessionId,
          truck,
          truckKey: truckKeyOf(truck),
          produce,
          provider: facts.provider ?? null,
          weightId: weight.weightId,
          netG: net.netG,
          truckTareG: net.truckTareG,
          kind: storedTare.kind,
        });
        return keep('out', facts, ticket, { kind: 'session.one_pass', body }, idempotency);
      }),

    recordSingle: (facts, idempotency) =>
      journal.commit(() => {
        const { sessionId, truck, produce, containers, weight, purpose } = facts;
        const ticket = tickets.next();
        const body = {
          sessionId,
          ticketNo: ticket.ticketNo,
          truck,
          produce,
          containers: [...containers],
          weight,
          ...(purpose === undefined ? {} : { purpose }),
          ...besideWeight(facts),
        };
        insertSession.run(
          sessionId,
          truck,
          truck === null ? null : truckKeyOf(truck),
          produce,
          facts.provider ?? null,
          'single',
          weight.weightId,
        );
        return keep('single', facts, ticket, { kind: 'weight.single', body }, idempotency);
      }),

    earlierAnswer: (key) => {
      const row = selectKey.get(key);
      if (row === undefined) return undefined;
      return { entry: journal.entry(row.entryUuid) as WeighingEntry, requestDigest: row.requestDigest };
    },
  };
}

function netColumns(net: Net) {
  return net.kind === 'known'
    ? { netKind: 'known', netG: net.netG, truckTareG: net.truckTareG, waitingFor: null }
    : { netKind: 'pending', netG: null, truckTareG: null, waitingFor: JSON.stringify(net.waitingFor) };
}
