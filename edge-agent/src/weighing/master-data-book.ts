import type { MasterDataUsed } from '@weighgate/protocol';
import type { Refusal } from './refusal.ts';

/** What a site decides of master data that is old, or says no. */
export interface MasterDataRules {
  /** From this many days without word from the cloud on, its tares count as stale. */
  taresStaleAfterDays: number;
  /** `mark`: stale tares are used, and the entry and the ticket say so. `weigh_both_ways`: no truck is weighed once with them. */
  staleTares: 'mark' | 'weigh_both_ways';
  /** `flag`: a truck of a revoked provider is weighed, because it stands there, and flagged. `deny`: it is refused. */
  revokedProvider: 'flag' | 'deny';
}

export const defaultMasterDataRules: MasterDataRules = {
  taresStaleAfterDays: 14,
  staleTares: 'mark',
  revokedProvider: 'flag',
};

/** What the desk looks up in the cloud's lists. */
export interface MasterDataBook {
  /**
   * What a weighing uses of them now; undefined where there never were any.
   * @param containers those whose tares the weighing uses
   */
  usedFor(truck: string | null, containers: readonly string[]): MasterDataUsed | undefined;
}

/** Why a truck may not be weighed by the cloud's lists; null when it may. @param once with its stored tare alone */
export function masterDataRefusalOf(
  truck: string,
  used: MasterDataUsed | undefined,
  { staleTares, revokedProvider }: MasterDataRules,
  once: boolean,
): Refusal | null {
  if (used === undefined) return null;
  if (revokedProvider === 'deny' && used.flags.includes('provider_revoked')) {
    return { code: 'provider_revoked', truck, provider: used.provider?.name ?? '' };
  }
  if (once && staleTares === 'weigh_both_ways' && used.flags.includes('tares_stale')) {
    return { code: 'tares_stale', confirmedOn: used.confirmedAt.slice(0, 10) };
  }
  return null;
}
