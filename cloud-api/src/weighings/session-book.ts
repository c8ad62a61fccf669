import assert from 'node:assert/strict';
import { type JournalEntry, sourceOf } from '@weighgate/protocol';
import { type Selectable, sql } from 'kysely';
import type { Delivery } from '../ledger/post-delivery.ts';
import type { Trx } from '../store/database.ts';
import type { RegisteredWeightsTable, WeighingSessionsTable } from '../store/schema.ts';

export type Session = Selectable<WeighingSessionsTable>;

/**
 * Sessions as the entries of one batch find and leave them. What entries change is kept here and written together, in one
 * statement a table: a visit of a truck whose both weighings are in the batch is one row from the start.
 */
export interface SessionBook {
  /** A session named by one of the entries the book was opened for; undefined when there is none. */
  find(id: string): Session | undefined;
  add(session: Session): void;
  /** Changes a session that was found. */
  change(id: string, changes: Partial<Session>): void;
  addWeight(entry: EntryWithWeight, place: 'first' | 'second' | 'single'): void;
  deliver(delivery: Delivery): void;
  /** Writes what is kept. */
  write(): Promise<void>;
  /** Does work on the tables themselves: what is kept is written before it, and the sessions are read again after it. */
  aside<T>(work: () => Promise<T>): Promise<T>;
}

export type EntryWithWeight = Extract<
  JournalEntry,
  { kind: 'session.opened' | 'session.closed' | 'session.one_pass' | 'weight.single' }
>;

/** Of a session that nothing has happened to yet. */
export const untouched = {
  manual_weight_ids: [],
  containers_out: null,
  second_weight_id: null,
  second_gross_g: null,
  truck_tare_g: null,
  net_g: null,
  waiting_for: null,
  second_ticket_no: null,
  weighed_out_at: null,
  ended: null,
  ended_entry_uuid: null,
  clone_of: null,
  stored_tare: null,
} satisfies Partial<Session>;

/**
 * Opens the book for entries: sessions they go on with are read and held until the transaction ends.
 * @param postAll appends deliveries to the ledger
 */
export async function openSessionBook(
  trx: Trx,
  entries: readonly JournalEntry[],
  postAll: (trx: Trx, deliveries: readonly Delivery[]) => Promise<void>,
): Promise<SessionBook> {
  const named = new Set(
    entries.flatMap((entry) =>
      entry.kind === 'session.closed' || entry.kind === 'session.net_completed' ? [entry.body.sessionId] : [],
    ),
  );
  let stored = await readSessions(trx, named);
  let added = new Map<string, Session>();
  let changed = new Set<string>();
  let weights: RegisteredWeightsTable[] = [];
  let deliveries: Delivery[] = [];
  const find = (id: string) => added.get(id) ?? stored.get(id);
  const change = (id: string, changes: Partial<Session>) => {
    const session = find(id);
    assert(session !== undefined, `session ${id} is not in the book`);
    Object.assign(session, changes);
    if (!added.has(id)) changed.add(id);
  };
  const write = async () => {
    if (added.size > 0) await insertAll(trx, 'weighing_sessions', [...added.values()]);
    if (changed.size > 0)
      await updateSessions(
        trx,
        [...changed].flatMap((id) => stored.get(id) ?? []),
      );
    if (weights.length > 0) await insertAll(trx, 'registered_weights', weights);
    if (deliveries.length > 0) await postAll(trx, deliveries);
    [added, changed, weights, deliveries] = [new Map(), new Set(), [], []];
  };

  return {
    find,
    add: (session) => {
      added.set(session.id, session);
    },
    change,
    addWeight: (entry, place) => {
      const { weight, sessionId } = entry.body;
      weights.push(weightRowOf(entry, place));
      if (sourceOf(weight) === 'scale') return;
      change(sessionId, {
        manual_weight_ids: [...(find(sessionId)?.manual_weight_ids ?? []), weight.weightId],
      });
    },
    deliver: (delivery) => {
      deliveries.push(delivery);
    },
    write,
    aside: async (work) => {
      await write();
      const done = await work();
      stored = await readSessions(trx, named);
      return done;
    },
  };
}

async function readSessions(trx: Trx, ids: ReadonlySet<string>): Promise<Map<string, Session>> {
  if (ids.size === 0) return new Map();
  const rows = await sql<Session>`
    select * from weighing_sessions where id = any(${[...ids]}::uuid[]) order by id for update`.execute(trx);
  return new Map(rows.rows.map((row) => [row.id, row]));
}

function weightRowOf(entry: EntryWithWeight, place: 'first' | 'second' | 'single'): RegisteredWeightsTable {
  const { weight, sessionId } = entry.body;
  return {
    weight_id: weight.weightId,
    session_id: sessionId,
    place,
    gross_g: weight.grossG,
    scale_id: weight.scaleId,
    registered_at: weight.registeredAt as never,
    device: entry.device,
    incarnation: entry.incarnation,
    seq: entry.seq,
  };
}

/** Rows go as one JSON text, columns by their names. */
async function insertAll(trx: Trx, table: string, rows: readonly object[]): Promise<void> {
  const columns = sql.join(Object.keys(rows[0] ?? {}).map((column) => sql.ref(column)));
  await sql`
    insert into ${sql.table(table)} (${columns})
    select ${columns} from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)`.execute(
    trx,
  );
}

/** Named by id as well: of a JSON text the planner knows no number of rows, and would read the whole table for it. */
async function updateSessions(trx: Trx, sessions: readonly Session[]): Promise<void> {
  await sql`
    update weighing_sessions s
       set state = n.state, produce = n.produce, containers_out = n.containers_out,
           second_weight_id = n.second_weight_id, second_gross_g = n.second_gross_g,
           truck_tare_g = n.truck_tare_g, net_g = n.net_g, waiting_for = n.waiting_for,
           second_ticket_no = n.second_ticket_no, weighed_out_at = n.weighed_out_at,
           manual_weight_ids = n.manual_weight_ids
      from json_populate_recordset(null::weighing_sessions, ${JSON.stringify(sessions)}::json) n
     where s.id = n.id and s.id = any(${sessions.map(({ id }) => id)}::uuid[])`.execute(trx);
}
