import { isoInstant, type MakeId } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db, Trx } from '../../store/database.ts';
import type { Period } from '../find-billable.ts';
import { type ComputedRun, computeDrafts, type RunParts } from './compute-drafts.ts';

/** Providers whose runs are computed together: what is held for one is a few kilobytes. */
const CHUNK_PROVIDERS = 1_000;

export interface DraftParts extends RunParts {
  db: Db;
  makeId: MakeId;
}

/** What came of drafting: how many runs there are now of each kind. */
export interface DraftSummary {
  /** Drafts of the period, new or computed anew. */
  drafts: number;
  /** Of those, the ones that something blocks. */
  blocked: number;
  /** Approved or issued before: left as they are. */
  kept: number;
  /** Providers left out because they have a run of another period that shares a part of this one. */
  overlapping: number;
}

/**
 * Makes or renews the drafts of a period, for one provider or for every one that delivered. It may be stopped anywhere and
 * run again, and run by several at once: a provider has one run of a period, and only drafts are computed anew.
 * @param providerId undefined for everyone
 */
export async function draftRuns(
  period: Period,
  providerId: number | undefined,
  parts: DraftParts,
): Promise<DraftSummary> {
  const summary: DraftSummary = { drafts: 0, blocked: 0, kept: 0, overlapping: 0 };
  for (let after = 0; ; ) {
    const ids = providerId === undefined ? await providersAfter(after, parts.db) : [providerId];
    const runs = await computeDrafts(parts.db, period, ids, parts);
    const counts = await parts.db.transaction().execute((trx) => keepDrafts(trx, period, runs, parts));
    summary.drafts += counts.drafts;
    summary.blocked += counts.blocked;
    summary.kept += counts.kept;
    summary.overlapping += counts.overlapping;
    after = ids.at(-1) ?? 0;
    if (providerId !== undefined || ids.length < CHUNK_PROVIDERS) return summary;
  }
}

async function providersAfter(after: number, db: Db): Promise<number[]> {
  const rows = await db
    .selectFrom('providers')
    .select('id')
    .where('id', '>', after)
    .orderBy('id')
    .limit(CHUNK_PROVIDERS)
    .execute();
  return rows.map(({ id }) => id);
}

const holdsAnything = ({ figures }: ComputedRun) => figures.lines.length + figures.blocked.length > 0;

/** Writes drafts: new ones where there is something to bill, and figures that have changed. */
async function keepDrafts(
  trx: Trx,
  period: Period,
  runs: readonly ComputedRun[],
  { clock, makeId }: DraftParts,
): Promise<DraftSummary> {
  const [from, to] = [isoInstant(period.fromMs), isoInstant(period.toMs)];
  const rows = runs.map((run) => ({
    id: makeId(),
    provider_id: run.seller.providerId,
    period_from: from,
    period_to: to,
    state: 'draft',
    version: 1,
    figures: run.text,
    figures_hash: run.hash,
    blocked_count: run.blockedCount,
    drafted_at: isoInstant(clock.now()),
    is_wanted: holdsAnything(run),
  }));
  const json = JSON.stringify(rows);
  await sql`
    insert into bill_runs (id, provider_id, period_from, period_to, state, version, figures, figures_hash,
                           blocked_count, drafted_at)
    select n.id, n.provider_id, n.period_from, n.period_to, n.state, n.version, n.figures, n.figures_hash,
           n.blocked_count, n.drafted_at
      from json_populate_recordset(null::bill_runs, ${json}::json) n
      join json_to_recordset(${json}::json) as w (id uuid, is_wanted boolean) using (id)
     where w.is_wanted
     order by n.provider_id
    on conflict do nothing`.execute(trx);
  await sql`
    update bill_runs r
       set figures = n.figures, figures_hash = n.figures_hash, blocked_count = n.blocked_count,
           drafted_at = n.drafted_at, version = r.version + 1
      from json_populate_recordset(null::bill_runs, ${json}::json) n
     where r.provider_id = n.provider_id and r.period_from = n.period_from and r.period_to = n.period_to
       and r.state = 'draft' and r.figures_hash <> n.figures_hash`.execute(trx);
  const counted = await sql<Omit<DraftSummary, 'overlapping'>>`
    select count(*) filter (where state = 'draft') as drafts,
           count(*) filter (where state = 'draft' and blocked_count > 0) as blocked,
           count(*) filter (where state <> 'draft') as kept
      from bill_runs
     where period_from = ${from}::timestamptz and period_to = ${to}::timestamptz
       and provider_id = any(${runs.map(({ seller }) => seller.providerId)}::bigint[])`.execute(trx);
  const counts = counted.rows[0] ?? { drafts: 0, blocked: 0, kept: 0 };
  const others = await sql<{ count: number }>`
    select count(*) as count
      from unnest(${runs.filter(holdsAnything).map(({ seller }) => seller.providerId)}::bigint[]) as wanted (provider_id)
     where not exists (
       select from bill_runs r
        where r.provider_id = wanted.provider_id
          and r.period_from = ${from}::timestamptz and r.period_to = ${to}::timestamptz)`.execute(trx);
  return { ...counts, overlapping: others.rows[0]?.count ?? 0 };
}
