import type { MasterDataRows } from './master-data-rows.ts';
import type { Operators } from './operators.ts';
import type { TareTakeOver } from './take-over-tares.ts';

/** What of the cloud's lists has its own place here, and follows them. */
export interface MasterDataFollowing {
  /** After new rows, in their transaction. @returns names that stay those of operators who were added here */
  followRows(nowMs: number): string[];
  /** Tares whose day has come, a part at a time. @returns whether there are more */
  followTime(nowMs: number): boolean;
}

export function masterDataFollowing(
  masterData: MasterDataRows,
  operators: Operators,
  tares: TareTakeOver,
): MasterDataFollowing {
  return {
    followRows: (nowMs) => {
      tares.takeDue(nowMs);
      return operators.followCloud(masterData.rows('operator').map(({ body }) => body));
    },
    followTime: (nowMs) => tares.takeDue(nowMs),
  };
}
