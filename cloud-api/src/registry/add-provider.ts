import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';
import { providerNameKeyOf } from './provider-name.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import { providerChange } from './row-changes.ts';

/** What came of it: a provider of this name, or the one that has it already. */
export type AddedProvider =
  | { kind: 'added'; provider: { id: number; name: string; status: 'active' | 'revoked' } }
  | { kind: 'name_taken'; holder: { id: number; name: string } };

/** Registers a provider and tells the devices, in the caller's transaction: what else that does comes with it or not. */
export async function addProvider(trx: Trx, name: string, clock: Clock): Promise<AddedProvider> {
  await lockMasterData(trx);
  const nameKey = providerNameKeyOf(name);
  const holder = await trx
    .selectFrom('providers')
    .select(['id', 'name'])
    .where('name_key', '=', nameKey)
    .executeTakeFirst();
  if (holder !== undefined) return { kind: 'name_taken', holder };
  const provider = await trx
    .insertInto('providers')
    .values({ name, name_key: nameKey, created_at: isoInstant(clock.now()) })
    .returning(['id', 'name', 'status'])
    .executeTakeFirstOrThrow();
  await recordChanges(trx, [await providerChange(trx, provider.id)], clock);
  return { kind: 'added', provider };
}
