import { type Uuid, uuidSchema } from '@weighgate/protocol';
import type { Db, Trx } from './database.ts';

/** The life this database lives, as its transactions see it: receipts speak for it alone. */
export async function readCloudEpoch(db: Db | Trx): Promise<Uuid> {
  const { epoch } = await db.selectFrom('cloud_epoch').select('epoch').executeTakeFirstOrThrow();
  return uuidSchema.parse(epoch);
}
