import { truckKeyOf } from '@weighgate/protocol';
import type Database from 'better-sqlite3';

/** A span of instants as they are stored, both ends within it. */
export interface Span {
  fromAt: string;
  toAt: string;
}

/** At most `limit` items, and whether there are more behind them. */
export interface Listed<T> {
  items: T[];
  more: boolean;
}

/** One weighing that counts, and the session it counts in. */
export interface ListedWeighing {
  weightId: string;
  registeredAt: string;
  sessionId: string;
}

/** Where a page of weighings ended. */
export type WeighingPlace = Omit<ListedWeighing, 'sessionId'>;

/** What is known of an id. A container is one that has a tare or was declared on a deck; the tare is in grams. */
export type KnownItem = { kind: 'container'; tareG: number | null } | { kind: 'truck'; tareG: number | null };

/** The lists of the weight API. Sessions that were voided or superseded count no more and stand in none of them. */
export interface WeighingLists {
  /** Weighings, newest first. @param after where the last page ended */
  weighings(
    span: Span,
    directions: readonly ('in' | 'out' | 'single')[],
    after: WeighingPlace | null,
    limit: number,
  ): Listed<ListedWeighing>;
  /** What an id names; a container before a truck. Undefined when nothing here was ever called so. */
  item(id: string): KnownItem | undefined;
  /** Sessions that declared the container or weighed the truck within the span, newest first. */
  sessionsOf(id: string, span: Span, afterSessionId: string | null, limit: number): Listed<string>;
  /** Containers that a session declares and that have no tare, in order. */
  containersWithoutTare(afterContainer: string | null, limit: number): Listed<string>;
}

/** Behind every instant and id, so that a list begins at its newest. */
const END = '\u{10ffff}';

export function openWeighingLists(database: Database.Database): WeighingLists {
  const selectDays = database
    .prepare<[{ fromAt: string; toAt: string; beforeAt: string }], string>(`
      SELECT DISTINCT day FROM weighing_days
      WHERE day BETWEEN substr(@fromAt, 1, 10) AND substr(min(@toAt, @beforeAt), 1, 10) ORDER BY day DESC
    `)
    .pluck();
  const selectWeighingsOfDay = database.prepare<
    [
      {
        day: string;
        fromAt: string;
        toAt: string;
        directions: string;
        beforeAt: string;
        beforeId: string;
        limit: number;
      },
    ],
    ListedWeighing
  >(`
    SELECT weight.weight_id AS weightId, weight.registered_at AS registeredAt, session.session_id AS sessionId
    FROM weighing_days AS run
    JOIN registered_weights AS weight
      ON weight.position >= run.first_position
      AND weight.position < coalesce(
        (SELECT min(first_position) FROM weighing_days WHERE first_position > run.first_position), 9223372036854775807)
    JOIN weighing_sessions AS session
      ON session.session_id = weight.session_id
      OR (session.clone_of IS NOT NULL AND session.first_weight_id = weight.weight_id)
    WHERE run.day = @day AND weight.registered_at BETWEEN @fromAt AND @toAt
      AND (weight.registered_at, weight.weight_id) < (@beforeAt, @beforeId)
      AND weight.direction IN (SELECT value FROM json_each(@directions))
      AND session.ended IS NULL
    ORDER BY weight.registered_at DESC, weight.weight_id DESC
    LIMIT @limit
  `);
  const selectTare = database
    .prepare<[string], number>('SELECT tare_g FROM container_tares WHERE container = ?')
    .pluck();
  const selectDeclared = database.prepare<[string]>(
    'SELECT 1 FROM declared_containers WHERE container = ? LIMIT 1',
  );
  const selectTruck = database.prepare<[string]>(
    'SELECT 1 FROM weighing_sessions WHERE truck_key = ? LIMIT 1',
  );
  const selectTruckTare = database
    .prepare<[string], number>(`
      SELECT truck_tare_g FROM weighing_sessions
      WHERE truck_key = ? AND net_kind = 'known' AND ended IS NULL ORDER BY session_id DESC LIMIT 1
    `)
    .pluck();
  const selectSessions = database
    .prepare<[Span & { container: string; truckKey: string; before: string; limit: number }], string>(`
      SELECT session.session_id FROM declared_containers AS declared
      JOIN weighing_sessions AS session USING (session_id)
      WHERE declared.container = @container AND declared.registered_at BETWEEN @fromAt AND @toAt
        AND session.ended IS NULL AND session.session_id < @before
      UNION
      SELECT session.session_id FROM weighing_sessions AS session
      JOIN registered_weights AS weight ON weight.weight_id IN (session.first_weight_id, session.second_weight_id)
      WHERE session.truck_key = @truckKey AND weight.registered_at BETWEEN @fromAt AND @toAt
        AND session.ended IS NULL AND session.session_id < @before
      ORDER BY 1 DESC
      LIMIT @limit
    `)
    .pluck();
  // Steps from one container to the next in the index, however often each was declared.
  const selectWithoutTare = database
    .prepare<[{ after: string; limit: number }], string>(`
      WITH RECURSIVE named (container) AS (
        SELECT min(container) FROM declared_containers WHERE container > @after
        UNION ALL
        SELECT (SELECT min(container) FROM declared_containers WHERE container > named.container)
        FROM named WHERE named.container IS NOT NULL
      )
      SELECT container FROM named
      WHERE container IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM container_tares AS tare WHERE tare.container = named.container)
        AND EXISTS (
          SELECT 1 FROM declared_containers AS declared JOIN weighing_sessions AS session USING (session_id)
          WHERE declared.container = named.container AND session.ended IS NULL)
      LIMIT @limit
    `)
    .pluck();

  return {
    weighings: ({ fromAt, toAt }, directions, after, limit) => {
      const [beforeAt, beforeId] = [after?.registeredAt ?? END, after?.weightId ?? END];
      const place = { fromAt, toAt, directions: JSON.stringify(directions), beforeAt, beforeId };
      const items: ListedWeighing[] = [];
      for (const day of selectDays.all({ fromAt, toAt, beforeAt })) {
        items.push(...selectWeighingsOfDay.all({ ...place, day, limit: limit + 1 - items.length }));
        if (items.length > limit) break;
      }
      return cut(items, limit);
    },
    item: (id) => {
      const tareG = selectTare.get(id) ?? null;
      if (tareG !== null || selectDeclared.get(id) !== undefined) return { kind: 'container', tareG };
      const truckKey = truckKeyOf(id);
      if (selectTruck.get(truckKey) === undefined) return undefined;
      return { kind: 'truck', tareG: selectTruckTare.get(truckKey) ?? null };
    },
    sessionsOf: (id, span, afterSessionId, limit) =>
      cut(
        selectSessions.all({
          ...span,
          container: id,
          truckKey: truckKeyOf(id),
          before: afterSessionId ?? END,
          limit: limit + 1,
        }),
        limit,
      ),
    containersWithoutTare: (afterContainer, limit) =>
      cut(selectWithoutTare.all({ after: afterContainer ?? '', limit: limit + 1 }), limit),
  };
}

function cut<T>(rows: T[], limit: number): Listed<T> {
  return { items: rows.slice(0, limit), more: rows.length > limit };
}
