import type { Db } from '../../store/database.ts';
import { readFrozenBill, type StoredBill } from '../read-frozen-bill.ts';

/**
 * An issued bill, as far as the caller may see it.
 * @param providerId the one provider whose bills the caller may see; null for everybody's
 * @returns undefined when there is no such bill, or it is another's
 * @throws FrozenBillDamagedError
 */
export async function findOwnBill(
  db: Db,
  billId: string,
  providerId: number | null,
): Promise<StoredBill | undefined> {
  const found = await db
    .selectFrom('bills')
    .select('id')
    .where('id', '=', billId)
    .$if(providerId !== null, (query) => query.where('provider_id', '=', providerId ?? 0))
    .executeTakeFirst();
  return found === undefined ? undefined : await readFrozenBill(db, billId);
}
