import type { Clock } from '@weighgate/protocol';
import { type MatchFault, matchFaultOf } from '../http/if-match.ts';
import type { Trx } from '../store/database.ts';
import { providerNameKeyOf } from './provider-name.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import { providerChange } from './row-changes.ts';

/** What is to be otherwise; undefined stays as it is. */
export interface ProviderChange {
  id: number;
  name: string | undefined;
  status: 'active' | 'revoked' | undefined;
  /** What the change is based on, as in the header. */
  ifMatch: string | undefined;
}

export type ChangedProvider =
  | {
      kind: 'changed';
      provider: { id: number; name: string; status: 'active' | 'revoked' };
      version: number;
    }
  | { kind: 'not_matched'; fault: MatchFault }
  /** It is another provider now, which is the one to change. */
  | { kind: 'merged'; into: number }
  | { kind: 'unknown' | 'name_taken' };

/** Renames a provider, revokes one, or takes one back, and tells the devices. */
export async function changeProvider(
  trx: Trx,
  change: ProviderChange,
  clock: Clock,
): Promise<ChangedProvider> {
  await lockMasterData(trx);
  const { id, name, status, ifMatch } = change;
  const now = await trx
    .selectFrom('providers')
    .select(['version', 'merged_into'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (now === undefined) return { kind: 'unknown' };
  if (now.merged_into !== null) return { kind: 'merged', into: now.merged_into };
  const fault = matchFaultOf(ifMatch, now.version);
  if (fault !== null) return { kind: 'not_matched', fault };
  if (name !== undefined) {
    const other = await trx
      .selectFrom('providers')
      .select('id')
      .where('name_key', '=', providerNameKeyOf(name))
      .where('id', '<>', id)
      .executeTakeFirst();
    if (other !== undefined) return { kind: 'name_taken' };
  }
  const { version, ...provider } = await trx
    .updateTable('providers')
    .set(({ ref }) => ({
      name: name ?? ref('name'),
      name_key: name === undefined ? ref('name_key') : providerNameKeyOf(name),
      status: status ?? ref('status'),
    }))
    .where('id', '=', id)
    .returning(['id', 'name', 'status', 'version'])
    .executeTakeFirstOrThrow();
  await recordChanges(trx, [await providerChange(trx, id)], clock);
  return { kind: 'changed', provider, version };
}
