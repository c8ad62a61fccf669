import { defaultMasterDataRules, type MasterDataRules } from './master-data-book.ts';
import type { TareRules } from './stored-tare.ts';

/** What a site decides of its desk. */
export interface DeskRules {
  /**
   * Which containers stand on the deck at a weighing out. `declared`: those named, and none where none are named.
   * `same`: those of the weighing in, where none are named. `none`: never any, whatever is named; they were unloaded
   * with the load.
   */
  containersAtOut: 'declared' | 'same' | 'none';
  /** How many in a thousand loads weighed in are chosen to be looked at. */
  inspectionPerMille: number;
  tares: TareRules;
  masterData: MasterDataRules;
}

export const defaultDeskRules: DeskRules = {
  containersAtOut: 'declared',
  inspectionPerMille: 0,
  tares: { validDays: 30, unattended: 'refuse' },
  masterData: defaultMasterDataRules,
};

/**
 * The containers on the deck at a weighing out.
 * @param named null where the request names none at all
 */
export function containersOutOf(
  rule: DeskRules['containersAtOut'],
  named: readonly string[] | null,
  containersIn: readonly string[],
): readonly string[] {
  if (rule === 'none') return [];
  return named ?? (rule === 'same' ? containersIn : []);
}
