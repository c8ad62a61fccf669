import type { Store } from '@weighgate/edge-agent/src/store/open-store.ts';
import { StoreError } from '@weighgate/edge-agent/src/store/store-error.ts';

/** What a commit meets: a full disk, or an I/O error after which nobody knows whether it landed. */
export type StorageFault = { kind: 'full' } | { kind: 'unknown'; landed: boolean };

/** Lets the commits of a store fail as its disk would make them fail. An unknown outcome happens once. */
export function disturbCommits(
  { journal }: Pick<Store, 'journal'>,
  faultNow: () => StorageFault | null,
  onUnknown: () => void,
): void {
  const { commit } = journal;
  let depth = 0;
  function inner<T>(work: () => T): T {
    depth += 1;
    try {
      return commit(work);
    } finally {
      depth -= 1;
    }
  }
  journal.commit = (work) => {
    const fault = depth === 0 ? faultNow() : null;
    if (fault === null) return inner(work);
    if (fault.kind === 'full') throw new StoreError('store_full', 'The disk is full: nothing was stored.');
    onUnknown();
    if (fault.landed) inner(work);
    throw new StoreError('commit_unknown', 'It is not known whether it was stored.');
  };
}
