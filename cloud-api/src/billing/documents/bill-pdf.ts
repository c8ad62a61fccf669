import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Clock, isoInstant, type Language } from '@weighgate/protocol';
import type { Db } from '../../store/database.ts';
import { readFrozenSessions, type StoredBill } from '../read-frozen-bill.ts';
import { type BilledDelivery, billDocumentOf, MAX_DRAWN_DELIVERIES } from './bill-document.ts';
import type { DocumentDrawer } from './document-drawer.ts';

export interface PdfParts {
  db: Db;
  clock: Clock;
  drawer: DocumentDrawer;
}

/**
 * The PDF of an issued bill. It is drawn once from the frozen copy and kept: the same bytes for whoever asks, on any day.
 * @throws DocumentDrawingError, FrozenBillDamagedError
 */
export async function billPdf(bill: StoredBill, language: Language, parts: PdfParts): Promise<Buffer> {
  const { db, clock, drawer } = parts;
  const { id } = bill.bill;
  const kept = await findKept(db, id, language);
  if (kept !== undefined) return kept;
  const content = await drawer.draw(billDocumentOf(bill, await drawnDeliveries(db, bill), language));
  await db
    .insertInto('bill_documents')
    .values({
      bill_id: id,
      language,
      content,
      sha256: createHash('sha256').update(content).digest(),
      drawn_at: isoInstant(clock.now()),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const now = await findKept(db, id, language);
  assert(now !== undefined, 'a document that was drawn is kept');
  return now;
}

async function findKept(db: Db, billId: string, language: Language): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('bill_documents')
    .select('content')
    .where('bill_id', '=', billId)
    .where('language', '=', language)
    .executeTakeFirst();
  return row?.content;
}

/** All deliveries of a bill; null when they are more than a document holds. */
async function drawnDeliveries(db: Db, { bill }: StoredBill): Promise<BilledDelivery[] | null> {
  const count = bill.lines.reduce((sum, line) => sum + (line.kind === 'produce' ? line.sessionCount : 0), 0);
  // The deliveries that a credit note takes off stand on the bill that it names.
  if (count > MAX_DRAWN_DELIVERIES) return null;
  const pages = await Array.fromAsync(readFrozenSessions(db, bill.id));
  return pages.flat();
}
