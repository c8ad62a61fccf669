import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db } from '../../store/database.ts';
import type { FrozenBill } from '../frozen-bill.ts';

/** What a tax authority is told of a tax invoice that is about to be issued. */
export interface AllocationQuestion {
  /** Names the question: asked twice, it is the same one. */
  reference: string;
  sellerTaxId: string | null;
  buyerTaxId: string | null;
  currency: string;
  netMinor: string;
  vatMinor: string;
}

/** Its answer. `down`: there is none, or not in time; ask again later. */
export type AllocationAnswer =
  | { kind: 'granted'; number: string }
  | { kind: 'refused'; reason: string }
  | { kind: 'down'; detail: string };

/** Asks a tax authority for the number of a tax invoice. */
export type AskAllocation = (question: AllocationQuestion) => Promise<AllocationAnswer>;

/** Where no authority is configured nothing can be asked: what needs a number waits. */
export const noAuthority: AskAllocation = async () => ({
  kind: 'down',
  detail: 'no tax authority is configured to ask for allocation numbers (billing.allocationUrl)',
});

/** Whether a tax invoice of this amount before VAT, issued at this instant, needs a number. */
export async function needsAllocation(
  db: Db,
  { currency, netMinor, atMs }: { currency: string; netMinor: bigint; atMs: number },
): Promise<boolean> {
  const row = await db
    .selectFrom('allocation_thresholds')
    .select('net_minor')
    .where('currency', '=', currency)
    .where('valid_from', '<=', sql<Date>`${isoInstant(atMs)}::timestamptz`)
    .orderBy('valid_from', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined && netMinor >= BigInt(row.net_minor);
}

/** The answer given for these figures of a run before; undefined while there is none. */
export async function findAllocation(
  db: Db,
  run: { id: string; figuresHash: string },
): Promise<Exclude<FrozenBill['allocation'], { state: 'not_required' }> | undefined> {
  const row = await db
    .selectFrom('allocation_answers')
    .select(['state', 'number', 'reason'])
    .where('run_id', '=', run.id)
    .where('figures_hash', '=', run.figuresHash)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return row.number === null
    ? { state: 'refused', reason: row.reason ?? '' }
    : { state: 'granted', number: row.number };
}

/** Keeps an answer. Of two at once the first stands. */
export async function keepAllocation(
  db: Db,
  run: { id: string; figuresHash: string },
  answer: Exclude<AllocationAnswer, { kind: 'down' }>,
  atMs: number,
): Promise<void> {
  await db
    .insertInto('allocation_answers')
    .values({
      run_id: run.id,
      figures_hash: run.figuresHash,
      state: answer.kind,
      number: answer.kind === 'granted' ? answer.number : null,
      reason: answer.kind === 'refused' ? answer.reason : null,
      answered_at: isoInstant(atMs),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
