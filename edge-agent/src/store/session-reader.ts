import type { Uuid, WeightSource } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { Journal } from './journal.ts';
import { RecordCorruptError } from './record-corrupt.ts';
import { ticketNoOf } from './ticket-numbers.ts';

/** One weighing of a session as it stands in the store. */
export interface StoredWeighing {
  weightId: Uuid;
  direction: 'in' | 'out' | 'single';
  scaleId: string;
  grossG: number;
  containers: string[];
  ticketNo: string;
  registeredAt: string;
  source: WeightSource;
  /** Who weighed: whoever gave a manual weight, else the signed-in operator; null for a program. */
  operator: string | null;
  /** Who gave a manual weight, and why; null for one from a scale. */
  manualOperator: string | null;
  manualReason: string | null;
  /** The second person of a manual weight. */
  manualSecondBy: string | null;
}

/** One session with its weighings. `net` is null while it is open or single. */
export interface StoredSession {
  sessionId: Uuid;
  truck: string | null;
  produce: string | null;
  /** Who delivers, where it was known. */
  provider: string | null;
  /** Superseded and voided sessions count no more. */
  state: 'open' | 'closed' | 'single' | 'superseded' | 'voided';
  /** The voided session on whose first weight it stands. */
  cloneOf: Uuid | null;
  /** How the tare of a truck weighed once came to be; it has no second weighing. */
  storedTare: 'weighed' | 'preset' | null;
  first: StoredWeighing;
  second: StoredWeighing | null;
  /** A pending net waits for the tares of these containers; with a refusal all are here and it cannot be right. */
  net:
    | { kind: 'known'; netG: number; truckTareG: number }
    | { kind: 'pending'; waitingFor: string[]; refusal: NetRefusal | null }
    | null;
}

type NetRefusal = 'negative_net' | 'containers_heavier';

interface SessionRow {
  sessionId: Uuid;
  truck: string | null;
  produce: string | null;
  provider: string | null;
  state: StoredSession['state'];
  cloneOf: Uuid | null;
  storedTare: StoredSession['storedTare'];
  firstContainers: string | null;
  firstWeightId: string;
  secondWeightId: string | null;
  netKind: 'known' | 'pending' | null;
  netG: number | null;
  truckTareG: number | null;
  waitingFor: string | null;
  netRefusal: NetRefusal | null;
}

type WeightRow = Omit<StoredWeighing, 'containers' | 'ticketNo' | 'operator' | 'manualSecondBy'> & {
  containers: string;
  ticketSeries: string;
  ticketNumber: number;
};

/** Most sessions one listing returns. */
const MAX_LISTED = 500;

export interface SessionReader {
  session(sessionId: string): StoredSession | undefined;
  /** Trucks inside, longest first; at most 500. */
  openSessions(): StoredSession[];
  /** Sessions whose net waits for a tare or cannot be right, oldest first; at most 500. */
  pendingSessions(): StoredSession[];
}

export function openSessionReader(database: Database.Database, journal: Journal): SessionReader {
  const columns = `
    session_id AS sessionId, truck, produce, provider, coalesce(ended, state) AS state, clone_of AS cloneOf, stored_tare AS storedTare,
    first_weight_id AS firstWeightId, first_containers AS firstContainers, second_weight_id AS secondWeightId,
    net_kind AS netKind, net_g AS netG, truck_tare_g AS truckTareG, net_refusal AS netRefusal,
    CASE WHEN net_kind = 'pending' THEN (
      SELECT json_group_array(waited.value) FROM json_each(waiting_for) AS waited
      WHERE waited.value NOT IN (SELECT container FROM container_tares)
    ) END AS waitingFor
  `;
  const selectSession = database.prepare<[string], SessionRow>(
    `SELECT ${columns} FROM weighing_sessions WHERE session_id = ?`,
  );
  const selectOpen = database.prepare<[number], SessionRow>(
    `SELECT ${columns} FROM weighing_sessions WHERE state = 'open' AND ended IS NULL ORDER BY session_id LIMIT ?`,
  );
  const selectPending = database.prepare<[number], SessionRow>(
    `SELECT ${columns} FROM weighing_sessions WHERE net_kind = 'pending' AND ended IS NULL ORDER BY session_id LIMIT ?`,
  );
  const selectWeight = database.prepare<[string], WeightRow>(`
    SELECT weight_id AS weightId, direction, scale_id AS scaleId, gross_g AS grossG, containers,
           ticket_series AS ticketSeries, ticket_number AS ticketNumber, registered_at AS registeredAt,
           source, manual_operator AS manualOperator, manual_reason AS manualReason
    FROM registered_weights WHERE weight_id = ?
  `);

  function weighing(weightId: string): StoredWeighing {
    const row = selectWeight.get(weightId);
    if (row === undefined) throw new Error(`weight ${weightId} is named by a session and not stored`);
    const { ticketSeries, ticketNumber, containers, ...rest } = row;
    const ticketNo = ticketNoOf(ticketSeries, ticketNumber);
    const entry = journal.entry(weightId);
    const corrupt = () => new RecordCorruptError(`ticket ${ticketNo}`, 'it differs from its journal entry');
    if (entry === undefined || !('weight' in entry.body)) throw corrupt();
    const { weight } = entry.body;
    const sound =
      weight.grossG === rest.grossG &&
      weight.registeredAt === rest.registeredAt &&
      entry.body.ticketNo === ticketNo;
    if (!sound) throw corrupt();
    const operator = rest.manualOperator ?? entry.body.operator ?? null;
    const manualSecondBy = weight.manual?.secondBy ?? null;
    return { ...rest, operator, manualSecondBy, containers: JSON.parse(containers), ticketNo };
  }

  function firstOf({ firstWeightId, firstContainers }: SessionRow): StoredWeighing {
    const first = weighing(firstWeightId);
    return firstContainers === null ? first : { ...first, containers: JSON.parse(firstContainers) };
  }

  const sessionOf = (row: SessionRow): StoredSession => ({
    sessionId: row.sessionId,
    truck: row.truck,
    produce: row.produce,
    provider: row.provider,
    state: row.state,
    cloneOf: row.cloneOf,
    storedTare: row.storedTare,
    first: firstOf(row),
    second: row.secondWeightId === null || row.storedTare !== null ? null : weighing(row.secondWeightId),
    net: netOfRow(row),
  });

  return {
    session: (sessionId) => {
      const row = selectSession.get(sessionId);
      return row === undefined ? undefined : sessionOf(row);
    },
    openSessions: () => selectOpen.all(MAX_LISTED).map(sessionOf),
    pendingSessions: () => selectPending.all(MAX_LISTED).map(sessionOf),
  };
}

function netOfRow({ netKind, netG, truckTareG, waitingFor, netRefusal }: SessionRow): StoredSession['net'] {
  if (netKind === 'known' && netG !== null && truckTareG !== null) return { kind: 'known', netG, truckTareG };
  if (netKind === 'pending' && waitingFor !== null)
    return { kind: 'pending', waitingFor: JSON.parse(waitingFor), refusal: netRefusal };
  return null;
}
