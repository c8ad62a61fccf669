import type { Db, Trx } from '../store/database.ts';
import { type AuditEntry, readAuditEntry } from './audit-entry.ts';

/** Which entries are asked for; what is left out is not looked at. */
export interface AuditFilter {
  /** First instant, ISO 8601 in UTC. */
  from?: string | undefined;
  /** Exclusive. */
  to?: string | undefined;
  action?: string | undefined;
  /** Actions that begin with it. */
  actionsUnder?: string | undefined;
  actorId?: string | undefined;
  subjectKind?: string | undefined;
  subjectId?: string | undefined;
  requestId?: string | undefined;
  /** Only those before this place in the chain. */
  beforeSeq?: number | undefined;
  /** Only those after this place in the chain. */
  afterSeq?: number | undefined;
}

/** An entry and its place in the chain. */
export interface FoundEntry {
  seq: number;
  hash: string;
  entry: AuditEntry;
}

/** Entries by their place in the chain. */
export async function findEntries(
  db: Db | Trx,
  filter: AuditFilter,
  order: 'asc' | 'desc',
  limit: number,
): Promise<FoundEntry[]> {
  const { from, to, action, actionsUnder, actorId, subjectKind, subjectId, requestId } = filter;
  const { beforeSeq, afterSeq } = filter;
  const rows = await db
    .selectFrom('audit_chain as n')
    .innerJoin('audit_changes as c', 'c.change_id', 'n.change_id')
    .select(['n.seq', 'n.hash', 'c.change_id', 'c.entry_text'])
    .$if(from !== undefined, (query) => query.where('c.at', '>=', from ?? ''))
    .$if(to !== undefined, (query) => query.where('c.at', '<', to ?? ''))
    .$if(action !== undefined, (query) => query.where('c.action', '=', action ?? ''))
    .$if(actionsUnder !== undefined, (query) => query.where('c.action', '^@', actionsUnder ?? ''))
    .$if(actorId !== undefined, (query) => query.where('c.actor_id', '=', actorId ?? ''))
    .$if(subjectKind !== undefined, (query) => query.where('c.subject_kind', '=', subjectKind ?? ''))
    .$if(subjectId !== undefined, (query) =>
      query.where(({ eb, or, exists, selectFrom }) =>
        or([
          eb('c.subject_id', '=', subjectId ?? ''),
          exists(
            selectFrom('audit_clear_values as v')
              .select('v.place')
              .whereRef('v.change_id', '=', 'c.change_id')
              .where('v.place', '=', '/subject/id')
              .where('v.value', '=', subjectId ?? ''),
          ),
        ]),
      ),
    )
    .$if(requestId !== undefined, (query) => query.where('c.request_id', '=', requestId ?? ''))
    .$if(beforeSeq !== undefined, (query) => query.where('n.seq', '<', beforeSeq ?? 0))
    .$if(afterSeq !== undefined, (query) => query.where('n.seq', '>', afterSeq ?? 0))
    .orderBy('n.seq', order)
    .limit(limit)
    .execute();
  if (rows.length === 0) return [];
  const clear = await db
    .selectFrom('audit_clear_values')
    .select(['change_id', 'place', 'value'])
    .where(
      'change_id',
      'in',
      rows.map(({ change_id }) => change_id),
    )
    .execute();
  const clearOf = Map.groupBy(clear, ({ change_id }) => change_id);
  return rows.map(({ seq, hash, change_id, entry_text }) => ({
    seq,
    hash,
    entry: readAuditEntry(entry_text, clearOf.get(change_id) ?? []),
  }));
}
