import { isoInstant } from '@weighgate/protocol';
import type { Db } from '../../store/database.ts';

/** A dispute with its steps, oldest first. */
export interface DisputeView {
  id: string;
  billId: string;
  numberText: string;
  lineNo: number;
  providerId: number;
  state: 'open' | 'answered' | 'resolved';
  evidenceHash: string | null;
  steps: {
    kind: 'opened' | 'answered' | 'resolved';
    said: string;
    outcome: 'credited' | 'upheld' | null;
    creditNoteId: string | null;
    by: string;
    at: string;
  }[];
}

/** Which disputes are asked for. */
export interface DisputeWish {
  /** The one provider whose disputes the caller may see; null for everybody's. */
  providerId: number | null;
  id?: string | undefined;
  state?: DisputeView['state'] | undefined;
  after?: string | undefined;
  limit: number;
}

/** Disputes by id, as far as the caller may see them, each with its version. */
export async function findDisputes(
  db: Db,
  { providerId, id, state, after, limit }: DisputeWish,
): Promise<(DisputeView & { version: number })[]> {
  let query = db
    .selectFrom('disputes')
    .innerJoin('bills', 'bills.id', 'disputes.bill_id')
    .select([
      'dispute_id as id',
      'bill_id as billId',
      'number_text as numberText',
      'line_no as lineNo',
      'disputes.provider_id as providerId',
      'state',
      'evidence_hash as evidenceHash',
      'version',
    ]);
  if (providerId !== null) query = query.where('disputes.provider_id', '=', providerId);
  if (id !== undefined) query = query.where('dispute_id', '=', id);
  if (state !== undefined) query = query.where('state', '=', state);
  if (after !== undefined) query = query.where('dispute_id', '>', after);
  const rows = await query.orderBy('dispute_id').limit(limit).execute();
  const ids = rows.map((row) => row.id);
  const steps = await db
    .selectFrom('dispute_steps')
    .selectAll()
    .where((eb) => eb('dispute_id', '=', eb.fn.any(eb.val(ids))))
    .orderBy('no')
    .execute();
  return rows.map((row) => ({
    ...row,
    steps: steps
      .filter((step) => step.dispute_id === row.id)
      .map(({ kind, said, outcome, credit_note_id: creditNoteId, by_whom: by, at }) => ({
        kind,
        said,
        outcome,
        creditNoteId,
        by,
        at: isoInstant(at.getTime()),
      })),
  }));
}
