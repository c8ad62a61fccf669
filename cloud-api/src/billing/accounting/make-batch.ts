import { createHash } from 'node:crypto';
import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { sql } from 'kysely';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import type { Trx } from '../../store/database.ts';
import { frozenBillSchema } from '../frozen-bill.ts';
import { batchCsvOf } from './batch-csv.ts';

/** Most bills of one batch; what is left goes into the next. */
const MAX_BATCH_BILLS = 5_000;

/** A batch that was made. */
export interface BatchView {
  number: number;
  billCount: number;
  sha256: string;
  madeAt: string;
  madeBy: string;
}

/**
 * Hands every issued bill and credit note that is in no batch yet to the accountants, in the order they were issued. Batches are
 * made one after the other, so their numbers have no gap and no bill is in two.
 * @returns `nothing` when every bill is in a batch already
 */
export async function makeBatch(
  trx: Trx,
  by: Actor,
  parts: { clock: Clock; makeId: MakeId },
): Promise<{ kind: 'created'; body: BatchView } | { kind: 'nothing' }> {
  await sql`lock table accounting_batches in share row exclusive mode`.execute(trx);
  const rows = await trx
    .selectFrom('bills')
    .select(['id', 'frozen_text', 'hash'])
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('accounting_batch_bills')
            .select('bill_id')
            .whereRef('accounting_batch_bills.bill_id', '=', 'bills.id'),
        ),
      ),
    )
    .orderBy('issued_at')
    .orderBy('series')
    .orderBy('number')
    .limit(MAX_BATCH_BILLS)
    .execute();
  if (rows.length === 0) return { kind: 'nothing' };
  const last = await trx
    .selectFrom('accounting_batches')
    .select(({ fn }) => fn.max('number').as('number'))
    .executeTakeFirst();
  const number = Number(last?.number ?? 0) + 1;
  const bills = rows.map(({ frozen_text: text, hash }) => ({
    bill: frozenBillSchema.parse(JSON.parse(text)),
    hash,
  }));
  const content = batchCsvOf(number, bills);
  const batch: BatchView = {
    number,
    billCount: rows.length,
    sha256: createHash('sha256').update(content, 'utf8').digest('hex'),
    madeAt: isoInstant(parts.clock.now()),
    madeBy: by.name,
  };
  await trx
    .insertInto('accounting_batches')
    .values({
      number,
      bill_count: rows.length,
      content,
      sha256: batch.sha256,
      made_at: batch.madeAt,
      made_by: by.name,
    })
    .execute();
  await trx
    .insertInto('accounting_batch_bills')
    .values(rows.map(({ id }, i) => ({ bill_id: id, batch_number: number, place: i + 1 })))
    .execute();
  const subject = { kind: 'accounting_batch', id: number };
  const after = { billCount: rows.length, sha256: batch.sha256 };
  await recordChange(trx, { by, action: 'accounting_batch.made', subject, before: null, after }, parts);
  return { kind: 'created', body: batch };
}
