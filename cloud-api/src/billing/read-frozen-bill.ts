import { createHash } from 'node:crypto';
import type { Db, Trx } from '../store/database.ts';
import { type FrozenBill, type FrozenSession, frozenBillSchema, frozenSessionSchema } from './frozen-bill.ts';

const PAGE_SESSIONS = 1_000;

/** A stored bill whose text is no longer the one that was frozen, or cannot be read. It is never shown as valid. */
export class FrozenBillDamagedError extends Error {
  readonly code = 'frozen_bill_damaged';
}

/** An issued bill as it was frozen. */
export interface StoredBill {
  bill: FrozenBill;
  /** What was hashed. */
  text: string;
  hash: string;
}

/** A session of an issued bill as it was frozen, at its position on the bill. */
export interface StoredSession {
  session: FrozenSession;
  text: string;
  position: number;
  lineNo: number;
  /** The credit note that took it off the bill again; null while it stands. */
  reversedBy: string | null;
}

/**
 * The frozen copy of an issued bill; undefined when there is no such bill.
 * @throws FrozenBillDamagedError when the text is not the one that was hashed
 */
export async function readFrozenBill(db: Db | Trx, billId: string): Promise<StoredBill | undefined> {
  const row = await db
    .selectFrom('bills')
    .select(['number_text', 'frozen_text', 'hash'])
    .where('id', '=', billId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (sha256Of(row.frozen_text).toString('hex') !== row.hash) {
    throw new FrozenBillDamagedError(
      `the stored copy of bill ${row.number_text} is not the one that was hashed`,
    );
  }
  return { bill: frozenBillSchema.parse(JSON.parse(row.frozen_text)), text: row.frozen_text, hash: row.hash };
}

/**
 * The sessions of an issued bill in the order of their positions, page by page: a bill may have a million.
 * @param lineNo only those of one line
 * @throws FrozenBillDamagedError when a text is not the one that was hashed
 */
export async function* readFrozenSessions(
  db: Db | Trx,
  billId: string,
  lineNo?: number,
): AsyncGenerator<StoredSession[]> {
  let after = 0;
  for (;;) {
    const rows = await db
      .selectFrom('bill_sessions')
      .select(['position', 'line_no', 'session_id', 'frozen_text', 'hash', 'reversed_by'])
      .where('bill_id', '=', billId)
      .where('position', '>', after)
      .$if(lineNo !== undefined, (query) => query.where('line_no', '=', lineNo ?? 0))
      .orderBy('position')
      .limit(PAGE_SESSIONS)
      .execute();
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map((row) => {
      if (!sha256Of(row.frozen_text).equals(row.hash)) {
        throw new FrozenBillDamagedError(
          `the frozen copy of session ${row.session_id} is not the one that was hashed`,
        );
      }
      const session = frozenSessionSchema.parse(JSON.parse(row.frozen_text));
      return {
        session,
        text: row.frozen_text,
        position: row.position,
        lineNo: row.line_no,
        reversedBy: row.reversed_by,
      };
    });
    after = last.position;
  }
}

function sha256Of(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
