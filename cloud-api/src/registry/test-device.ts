import {
  emptyMasterDataDigest,
  type MasterDataAsk,
  type MasterDataPage,
  type MasterDataRow,
  masterDataDigestOf,
  type Uuid,
} from '@weighgate/protocol';

/** What a device holds of master data, in memory, for tests: pages are applied in the simplest way there is. */
export class TestDevice {
  readonly site: string;
  cloudEpoch: Uuid | null = null;
  since = 0;
  rows = new Map<string, MasterDataRow>();
  loading: { cloudEpoch: Uuid; revision: number; after: number; rows: Map<string, MasterDataRow> } | null =
    null;
  snapshotsTaken = 0;

  constructor(site: string) {
    this.site = site;
  }

  ask(): MasterDataAsk {
    const { cloudEpoch, since, site, loading } = this;
    const digest = since === 0 ? emptyMasterDataDigest : this.digest();
    const snapshot =
      loading === null
        ? null
        : { cloudEpoch: loading.cloudEpoch, revision: loading.revision, after: loading.after };
    return { v: 1, type: 'md_ask', device: 'gate-1', site, cloudEpoch, since, digest, snapshot };
  }

  digest(): string {
    return masterDataDigestOf(this.rows.values());
  }

  /** @returns whether that was the last page, with the digest it promised */
  take({ snapshot, cloudEpoch, from, to, rows, last, digest }: MasterDataPage): boolean {
    if (snapshot === null) {
      if (from !== this.since) throw new Error(`page from ${from}, held ${this.since}`);
      apply(this.rows, rows);
      this.since = to;
    } else {
      if (this.loading?.revision !== snapshot || from === 0) {
        this.loading = { cloudEpoch, revision: snapshot, after: 0, rows: new Map() };
      }
      if (from !== this.loading.after) throw new Error(`page from ${from}, loaded ${this.loading.after}`);
      apply(this.loading.rows, rows);
      this.loading.after = to;
      if (!last) return false;
      this.rows = this.loading.rows;
      this.since = snapshot;
      this.loading = null;
      this.snapshotsTaken += 1;
    }
    this.cloudEpoch = cloudEpoch;
    if (last && this.digest() !== digest) throw new Error('the digest differs after the last page');
    return last;
  }
}

function apply(held: Map<string, MasterDataRow>, rows: readonly MasterDataRow[]): void {
  for (const row of rows) {
    const key = `${row.entity}/${row.id}`;
    if (row.body === null) held.delete(key);
    else held.set(key, row);
  }
}
