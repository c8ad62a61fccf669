import assert from 'node:assert/strict';
import { truckKeyOf, type Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { VoidableSession, VoidEntry, VoidStore } from '../weighing/void-session.ts';
import type { WeighingStore } from '../weighing/weighing-store.ts';
import type { Journal } from './journal.ts';

interface VoidableRow {
  sessionId: Uuid;
  truck: string | null;
  produce: string | null;
  was: VoidableSession['was'];
  ended: VoidableSession['ended'];
  weightId: Uuid;
  grossG: number;
  containers: string;
}

/** Voiding in SQLite. */
export function openVoidStore(
  database: Database.Database,
  journal: Journal,
  { openSessionOf }: Pick<WeighingStore, 'openSessionOf'>,
): VoidStore {
  const selectSession = database.prepare<[string], VoidableRow>(`
    SELECT session.session_id AS sessionId, session.truck, session.produce, session.state AS was, session.ended,
           weight.weight_id AS weightId, weight.gross_g AS grossG,
           coalesce(session.first_containers, weight.containers) AS containers
    FROM weighing_sessions AS session
    JOIN registered_weights AS weight ON weight.weight_id = session.first_weight_id
    WHERE session.session_id = ?
  `);
  const endSession = database.prepare(`
    UPDATE weighing_sessions SET ended = 'voided', ended_entry_uuid = ? WHERE session_id = ? AND ended IS NULL
  `);
  const insertClone = database.prepare(`
    INSERT INTO weighing_sessions
      (session_id, truck, truck_key, produce, provider, state, first_weight_id, first_containers, clone_of)
    SELECT @sessionId, @truck, @truckKey, @produce, iif(truck_key = @truckKey, provider, NULL), 'open', @weightId,
           @containers, session_id
    FROM weighing_sessions WHERE session_id = @cloneOf
  `);

  return {
    openSessionOf,
    sessionToVoid: (sessionId) => {
      const row = selectSession.get(sessionId);
      if (row === undefined) return undefined;
      const { weightId, grossG, containers, ...session } = row;
      return { ...session, first: { weightId, grossG, containers: JSON.parse(containers) } };
    },
    recordVoid: (body) =>
      journal.commit(() => {
        const entry = journal.append({ kind: 'session.voided', body });
        const { changes } = endSession.run(entry.uuid, body.sessionId);
        assert(changes === 1, `session ${body.sessionId} is voided and did not count`);
        if (body.clone !== null) {
          const { sessionId, truck, produce, first } = body.clone;
          const containers = JSON.stringify(first.containers);
          // Another truck may be another provider's.
          insertClone.run({
            sessionId,
            truck,
            truckKey: truckKeyOf(truck),
            produce,
            weightId: first.weightId,
            containers,
            cloneOf: body.sessionId,
          });
        }
        return entry as VoidEntry;
      }),
  };
}
