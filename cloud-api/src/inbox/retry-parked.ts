import { isoInstant, readEntry } from '@weighgate/protocol';
import { sql } from 'kysely';
import { recordChange } from '../audit/record-change.ts';
import { type Doer, doerNameOf } from '../http/doer.ts';
import type { Db, Trx } from '../store/database.ts';
import { applyOrPark } from './apply-rows.ts';
import { lockPosition } from './chain-store.ts';
import { lastOneHolds, subjectsOf } from './entry-subjects.ts';
import { type Fact, factOf, type RowPlace } from './fact-of.ts';
import type { IngestParts } from './ingest.ts';
import type { Parking } from './park-entry.ts';

/** What came of acting on a parked entry. */
export type ParkedOutcome =
  | { kind: 'unknown' }
  | { kind: 'over'; outcome: 'applied' | 'resolved'; by: string; at: string }
  | { kind: 'applied' }
  | { kind: 'resolved' }
  | ({ kind: 'still_parked' } & Parking)
  /** Another parked entry of the chain comes first. */
  | { kind: 'depends'; onSeq: number; subject: string }
  /** A later entry about the same was applied: this one would undo it. */
  | { kind: 'overtaken'; bySeq: number; subject: string };

/**
 * Applies a parked entry now, in one transaction and once. The order of its chain holds: one that another parked entry comes
 * before, or that a later one has overtaken, is left where it is.
 */
export async function retryParked(
  place: RowPlace,
  said: { caller: Doer; by?: string | undefined },
  parts: Pick<IngestParts, 'db' | 'clock' | 'makeId' | 'log' | 'apply'>,
): Promise<ParkedOutcome> {
  const by = doerNameOf(said.caller, said.by);
  return parts.db.transaction().execute(async (trx): Promise<ParkedOutcome> => {
    const refused = await holdParked(trx, place);
    if (refused !== undefined) return refused;
    const row = await trx
      .selectFrom('proven_entries')
      .select(['entry_text', 'repeats_uuid'])
      .where('device', '=', place.device)
      .where('incarnation', '=', place.incarnation)
      .where('seq', '=', place.seq)
      .executeTakeFirstOrThrow();
    const { fact, parking } = readAgain(place, row);
    const blocked = fact === undefined ? undefined : await findBlocking(trx, place, fact);
    if (blocked !== undefined) return blocked;
    const still =
      parking ??
      (fact?.matter.kind === 'entry' ? await applyOrPark(trx, fact.matter.entry, parts) : undefined);
    await noteAttempt(trx, place, by, still, parts);
    const change = parkedChange(place, {
      outcome: still === undefined ? 'applied' : 'still_parked',
      ...still,
    });
    await recordChange(
      trx,
      { by: said.caller, action: 'parked_entry.retried', ...change, askedBy: said.by },
      parts,
    );
    parts.log.info(
      { ...place, by, ...still },
      still === undefined ? 'parked.applied' : 'parked.still_parked',
    );
    return still === undefined ? { kind: 'applied' } : { kind: 'still_parked', ...still };
  });
}

/** Takes a parked entry off the list for good, by a person and with a reason. The entry and its history are kept. */
export async function resolveParked(
  place: RowPlace,
  said: { caller: Doer; by?: string | undefined; reason: string },
  parts: Pick<IngestParts, 'db' | 'clock' | 'makeId' | 'log'>,
): Promise<ParkedOutcome> {
  return parts.db.transaction().execute(async (trx): Promise<ParkedOutcome> => {
    const refused = await holdParked(trx, place);
    if (refused !== undefined) return refused;
    await trx
      .insertInto('parked_attempts')
      .values({
        id: parts.makeId(),
        ...place,
        outcome: 'resolved',
        reason: said.reason,
        detail: null,
        by_whom: doerNameOf(said.caller, said.by),
        attempted_at: isoInstant(parts.clock.now()),
      })
      .execute();
    const change = parkedChange(place, { outcome: 'resolved' });
    await recordChange(
      trx,
      { by: said.caller, action: 'parked_entry.resolved', ...change, why: said.reason, askedBy: said.by },
      parts,
    );
    parts.log.warn({ ...place, by: said.caller.name, reason: said.reason }, 'parked.resolved');
    return { kind: 'resolved' };
  });
}

function parkedChange(place: RowPlace, after: object) {
  const id = `${place.device} ${place.incarnation} ${place.seq}`;
  return { subject: { kind: 'parked_entry', id }, before: null, after };
}

/** Holds the chain, so that nothing is stored in it meanwhile, and says why the entry cannot be acted on. */
async function holdParked(trx: Trx, place: RowPlace): Promise<ParkedOutcome | undefined> {
  const parked = await trx
    .selectFrom('parked_entries')
    .select('seq')
    .where('device', '=', place.device)
    .where('incarnation', '=', place.incarnation)
    .where('seq', '=', place.seq)
    .executeTakeFirst();
  if (parked === undefined) return { kind: 'unknown' };
  await lockPosition(trx, place);
  const over = await findAttempts(trx, place);
  const end = over.find((attempt) => attempt.outcome !== 'still_parked');
  if (end === undefined || end.outcome === 'still_parked') return undefined;
  return { kind: 'over', outcome: end.outcome, by: end.by, at: end.at };
}

export interface ParkedAttempt {
  outcome: 'applied' | 'still_parked' | 'resolved';
  reason: string | null;
  detail: string | null;
  by: string;
  at: string;
}

/** What was done about a parked entry so far, the last 100 attempts, newest first. */
export async function findAttempts(db: Db | Trx, place: RowPlace): Promise<ParkedAttempt[]> {
  const rows = await db
    .selectFrom('parked_attempts')
    .selectAll()
    .where('device', '=', place.device)
    .where('incarnation', '=', place.incarnation)
    .where('seq', '=', place.seq)
    .orderBy('attempted_at', 'desc')
    .limit(100)
    .execute();
  return rows.map(({ outcome, reason, detail, by_whom, attempted_at }) => ({
    outcome,
    reason,
    detail,
    by: by_whom,
    at: isoInstant(attempted_at.getTime()),
  }));
}

function readAgain(
  place: RowPlace,
  row: { entry_text: string; repeats_uuid: boolean },
): { fact?: Fact; parking?: Parking } {
  const reading = readEntry(row.entry_text);
  if (reading.kind === 'malformed') {
    return { parking: { reason: 'stored_entry_damaged', detail: reading.reason } };
  }
  const fact = factOf(place, reading);
  if (row.repeats_uuid) {
    const detail = 'its id belongs to another fact that is stored; only resolving it is possible';
    return { fact, parking: { reason: 'fact_conflict', detail } };
  }
  return fact.matter.kind === 'parked' ? { fact, parking: fact.matter.parking } : { fact };
}

async function findBlocking(trx: Trx, place: RowPlace, fact: Fact): Promise<ParkedOutcome | undefined> {
  const subjects = subjectsOf(fact.content.body);
  if (subjects.size === 0) return undefined;
  const sharedWith = (body: unknown) => [...subjectsOf(body)].find((one) => subjects.has(one));
  for (const earlier of await findParkedBefore(trx, place)) {
    const subject = sharedWith(earlier.body);
    if (subject !== undefined) return { kind: 'depends', onSeq: earlier.seq, subject };
  }
  if (!lastOneHolds.has(fact.content.kind)) return undefined;
  for (const later of await findAppliedAfter(trx, place)) {
    const subject = lastOneHolds.has(later.kind) ? sharedWith(later.body) : undefined;
    if (subject !== undefined) return { kind: 'overtaken', bySeq: later.seq, subject };
  }
  return undefined;
}

/** Most entries of one chain that are looked through for what comes before or after. */
const MAX_RELATED = 10_000;

async function findParkedBefore(trx: Trx, place: RowPlace) {
  const found = await sql<StoredText>`
    select seq, entry_text from proven_entries join open_parked_entries using (device, incarnation, seq)
     where device = ${place.device} and incarnation = ${place.incarnation} and seq < ${place.seq}
       and not repeats_uuid
     order by seq limit ${MAX_RELATED}`.execute(trx);
  return found.rows.flatMap((row) => contentsOf(place, row));
}

async function findAppliedAfter(trx: Trx, place: RowPlace) {
  const found = await sql<StoredText>`
    select e.seq, e.entry_text
      from proven_entries e left join open_parked_entries p using (device, incarnation, seq)
     where e.device = ${place.device} and e.incarnation = ${place.incarnation} and e.seq > ${place.seq}
       and e.kind = any(${['entry.carried', ...lastOneHolds]}) and p.seq is null and not e.repeats_uuid
     order by e.seq limit ${MAX_RELATED}`.execute(trx);
  return found.rows.flatMap((row) => contentsOf(place, row));
}

interface StoredText {
  seq: number;
  entry_text: string;
}

function contentsOf(place: RowPlace, { seq, entry_text }: StoredText) {
  const reading = readEntry(entry_text);
  return reading.kind === 'malformed' ? [] : [{ seq, ...factOf({ ...place, seq }, reading).content }];
}

async function noteAttempt(
  trx: Trx,
  place: RowPlace,
  by: string,
  still: Parking | undefined,
  parts: Pick<IngestParts, 'clock' | 'makeId'>,
): Promise<void> {
  await trx
    .insertInto('parked_attempts')
    .values({
      id: parts.makeId(),
      ...place,
      outcome: still === undefined ? 'applied' : 'still_parked',
      reason: still?.reason ?? null,
      detail: still?.detail ?? null,
      by_whom: by,
      attempted_at: isoInstant(parts.clock.now()),
    })
    .execute();
}
