import { type MasterDataRow, masterDataDigestOf, type Uuid } from '@weighgate/protocol';
import type { CloudContents, KeptRow } from './cloud-store.ts';

/** A cloud's database in memory. */
export interface CloudTables {
  epoch: Uuid;
  chains: Map<string, KeptRow[]>;
  timesTaken: Map<string, number>;
  deliveries: Map<string, number>;
  forks: number;
  /** Every change of master data, by revision from 1. */
  changes: MasterDataRow[];
}

export function emptyTables(epoch: Uuid): CloudTables {
  return {
    epoch,
    chains: new Map(),
    timesTaken: new Map(),
    deliveries: new Map(),
    forks: 0,
    changes: [],
  };
}

/** A copy that later changes do not reach. */
export function copyOfTables(tables: CloudTables): CloudTables {
  return {
    ...tables,
    chains: new Map([...tables.chains].map(([incarnation, rows]) => [incarnation, [...rows]])),
    timesTaken: new Map(tables.timesTaken),
    deliveries: new Map(tables.deliveries),
    changes: [...tables.changes],
  };
}

/** The rows of master data that are live at a revision, by revision. */
export function masterDataAt(changes: readonly MasterDataRow[], revision: number): MasterDataRow[] {
  const latest = new Map<string, MasterDataRow>();
  for (const row of changes) if (row.revision <= revision) latest.set(`${row.entity} ${row.id}`, row);
  return [...latest.values()].filter(({ body }) => body !== null).toSorted((a, b) => a.revision - b.revision);
}

export function contentsOf(tables: CloudTables): CloudContents {
  const { epoch, chains, timesTaken, deliveries, forks, changes } = copyOfTables(tables);
  const revision = changes.length;
  const digest = masterDataDigestOf(masterDataAt(changes, revision));
  return { epoch, chains, timesTaken, deliveries, forks, masterData: { revision, digest } };
}
