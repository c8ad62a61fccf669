import { type Clock, isValidAt, type MasterDataFlag, truckKeyOf, truckOwnerAt } from '@weighgate/protocol';
import type { MasterDataBook } from '../weighing/master-data-book.ts';
import type { MasterDataRows } from './master-data-rows.ts';

const DAY_MS = 86_400_000;

/** The cloud's lists for the desk, as they are held here. @param taresStaleAfterDays see MasterDataRules */
export function openMasterDataBook(
  masterData: MasterDataRows,
  clock: Clock,
  taresStaleAfterDays: number,
): MasterDataBook {
  return {
    usedFor: (truck, containers) => {
      const { revision, confirmedAt } = masterData.held();
      if (revision === 0 || confirmedAt === null) return undefined;
      const nowMs = clock.now();
      const flags: MasterDataFlag[] = [];
      const listed = truck === null ? undefined : masterData.row('truck', truckKeyOf(truck));
      if (truck !== null && listed === undefined) flags.push('truck_unknown');
      if (listed !== undefined && !isValidAt(listed, nowMs)) flags.push('truck_not_valid');
      const providerId = listed === undefined ? null : truckOwnerAt(listed, nowMs);
      const provider = providerId === null ? undefined : masterData.row('provider', String(providerId));
      if (provider !== undefined && (provider.status === 'revoked' || !isValidAt(provider, nowMs))) {
        flags.push('provider_revoked');
      }
      const isStale = nowMs - Date.parse(confirmedAt) > taresStaleAfterDays * DAY_MS;
      if (containers.length > 0 && isStale) flags.push('tares_stale');
      return {
        revision,
        confirmedAt,
        provider: provider === undefined ? null : { providerId: provider.providerId, name: provider.name },
        flags,
      };
    },
  };
}
