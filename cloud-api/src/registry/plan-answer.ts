import {
  MAX_PAGE_BYTES,
  MAX_PAGE_ROWS,
  type MasterDataAsk,
  type MasterDataPage,
  type MasterDataRow,
  type Uuid,
} from '@weighgate/protocol';

/** What the cloud knows when a device asks. */
export interface CloudFacts {
  cloudEpoch: Uuid;
  /** The last revision. */
  head: number;
  /** From before this revision on nobody is brought up to date by changes: they get everything anew. */
  horizon: number;
  /** Digest of the device's rows at the revision it says it has; null when there was no such revision. */
  digestAtSince: string | null;
}

/** How much one page may hold. */
export interface PageLimits {
  rows: number;
  bytes: number;
}

export const usualPageLimits: PageLimits = { rows: MAX_PAGE_ROWS, bytes: MAX_PAGE_BYTES };

/** Which rows answer: those with a revision in (`after`, `upTo`], of the state at `upTo` or of all changes. */
export interface AnswerPlan {
  kind: 'delta' | 'snapshot';
  after: number;
  upTo: number;
}

/**
 * What a device gets. A delta only when it is certain that what it holds is what this cloud gave it: the same life of
 * the database, a revision that was given and is not too old, and the digest of that revision. Everything else gets a
 * snapshot: a new device, a restored cloud, a device of long ago, a copy that has gone wrong.
 */
export function planAnswer(ask: MasterDataAsk, facts: CloudFacts): AnswerPlan {
  const { cloudEpoch, head, horizon, digestAtSince } = facts;
  const { snapshot } = ask;
  if (
    snapshot !== null &&
    snapshot.cloudEpoch === cloudEpoch &&
    snapshot.revision <= head &&
    snapshot.revision >= horizon
  ) {
    return { kind: 'snapshot', after: snapshot.after, upTo: snapshot.revision };
  }
  const canFollow =
    snapshot === null &&
    ask.cloudEpoch === cloudEpoch &&
    ask.since <= head &&
    ask.since >= horizon &&
    ask.digest === digestAtSince;
  if (canFollow) return { kind: 'delta', after: ask.since, upTo: head };
  return { kind: 'snapshot', after: 0, upTo: head };
}

/**
 * One page: as many of the rows as fit in rows and bytes.
 * @param rows in order of their revision, from the first after the plan's `after`, at most one more than a page may hold
 */
export function pageOf(
  plan: AnswerPlan,
  rows: readonly MasterDataRow[],
  said: Pick<MasterDataPage, 'device' | 'cloudEpoch' | 'digest' | 'asOf'>,
  limits: PageLimits = usualPageLimits,
): MasterDataPage {
  const fitting: MasterDataRow[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, limits.rows)) {
    bytes += Buffer.byteLength(JSON.stringify(row));
    if (bytes > limits.bytes && fitting.length > 0) break;
    fitting.push(row);
  }
  const last = fitting.length === rows.length;
  return {
    v: 1,
    type: 'md_page',
    ...said,
    snapshot: plan.kind === 'snapshot' ? plan.upTo : null,
    from: plan.after,
    to: last ? plan.upTo : (fitting.at(-1)?.revision ?? plan.upTo),
    rows: fitting,
    last,
  };
}
