import type { Uuid, WeightSource } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
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
  /** Who gave a manual weight, and why; null for one from a scale. */
  manualOperator: string | null;
  manualReason: string | null;
}

/** One session with its weighings. `net` is null while it is open or single. */
export interface StoredSession {
  sessionId: Uuid;
  truck: string | null;
  produce: string | null;
  state: 'open' | 'closed' | 'single';
  first: StoredWeighing;
  second: StoredWeighing | null;
  net: { kind: 'known'; netG: number; truckTareG: number } | { kind: 'pending'; waitingFor: string[] } | null;
}

interface SessionRow {
  sessionId: Uuid;
  truck: string | null;
  produce: string | null;
  state: StoredSession['state'];
  firstWeightId: string;
  secondWeightId: string | null;
  netKind: 'known' | 'pending' | null;
  netG: number | null;
  truckTareG: number | null;
  waitingFor: string | null;
}

type WeightRow = Omit<StoredWeighing, 'containers' | 'ticketNo'> & {
  containers: string;
  ticketSeries: string;
  ticketNumber: number;
};

/** Most sessions one listing returns. */
const MAX_OPEN_LISTED = 500;

export interface SessionReader {
  session(sessionId: string): StoredSession | undefined;
  /** Trucks inside, longest first; at most 500. */
  openSessions(): StoredSession[];
}

export function openSessionReader(database: Database.Database): SessionReader {
  const columns = `
    session_id AS sessionId, truck, produce, state, first_weight_id AS firstWeightId, second_weight_id AS secondWeightId,
    net_kind AS netKind, net_g AS netG, truck_tare_g AS truckTareG, waiting_for AS waitingFor
  `;
  const selectSession = database.prepare<[string], SessionRow>(
    `SELECT ${columns} FROM weighing_sessions WHERE session_id = ?`,
  );
  const selectOpen = database.prepare<[number], SessionRow>(
    `SELECT ${columns} FROM weighing_sessions WHERE state = 'open' ORDER BY session_id LIMIT ?`,
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
    return { ...rest, containers: JSON.parse(containers), ticketNo: ticketNoOf(ticketSeries, ticketNumber) };
  }

  const sessionOf = (row: SessionRow): StoredSession => ({
    sessionId: row.sessionId,
    truck: row.truck,
    produce: row.produce,
    state: row.state,
    first: weighing(row.firstWeightId),
    second: row.secondWeightId === null ? null : weighing(row.secondWeightId),
    net: netOfRow(row),
  });

  return {
    session: (sessionId) => {
      const row = selectSession.get(sessionId);
      return row === undefined ? undefined : sessionOf(row);
    },
    openSessions: () => selectOpen.all(MAX_OPEN_LISTED).map(sessionOf),
  };
}

function netOfRow({ netKind, netG, truckTareG, waitingFor }: SessionRow): StoredSession['net'] {
  if (netKind === 'known' && netG !== null && truckTareG !== null) return { kind: 'known', netG, truckTareG };
  if (netKind === 'pending' && waitingFor !== null)
    return { kind: 'pending', waitingFor: JSON.parse(waitingFor) };
  return null;
}
