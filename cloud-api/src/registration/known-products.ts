import type { Db } from '../store/database.ts';

/** The products of the Gan Shmuel API, by which its clients apply. */
const ganShmuelProducts = ['apples', 'oranges', 'grapes', 'bananas', 'mangoes'] as const;

/** What may be applied for: those, and whatever else is registered as produce here. The form and the API share it. */
export async function knownProducts(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('produce').select('id').orderBy('id').limit(500).execute();
  return [...new Set([...ganShmuelProducts, ...rows.map(({ id }) => id)])];
}
