import type { DigestMatch } from '../store/sync-position.ts';

/** How long entries are kept. */
export interface RetentionPolicy {
  /** What the law of the place asks for. */
  legalDays: number;
  /** The oldest backup from which the cloud may be restored. */
  cloudBackupDays: number;
}

const DAY_MS = 86_400_000;
/** Entries are kept this long in any case. */
const MIN_DAYS = 100;

/**
 * The last entry of a chain that may be let go: acknowledged, found in the cloud by a digest longer ago than the
 * longest of the law, the cloud's backups and 100 days, and found there again by the latest digest of the cloud's
 * present life. 0 when there is none. Age is told by the cloud's clock alone: an edge clock that jumps lets nothing go.
 * @param matches what digests found of this chain, the latest last
 * @param cloudNow the cloud's clock at its last WELCOME, ISO 8601 in UTC
 */
export function releasableSeq(
  chain: { ackedSeq: number; cloudEpoch: string | null },
  matches: readonly DigestMatch[],
  { legalDays, cloudBackupDays }: RetentionPolicy,
  cloudNow: string,
): number {
  const latest = matches.at(-1);
  if (latest === undefined || latest.cloudEpoch !== chain.cloudEpoch) return 0;
  const keptMs = Math.max(legalDays, cloudBackupDays, MIN_DAYS) * DAY_MS;
  const before = Date.parse(cloudNow) - keptMs;
  const longAgo = matches.filter(({ matchedAt }) => Date.parse(matchedAt) <= before);
  const oldSeq = Math.max(0, ...longAgo.map(({ matchedSeq }) => matchedSeq));
  return Math.min(oldSeq, latest.matchedSeq, chain.ackedSeq);
}
