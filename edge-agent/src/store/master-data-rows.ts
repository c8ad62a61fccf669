import assert from 'node:assert/strict';
import {
  changedDigest,
  type MasterDataBody,
  type MasterDataEntity,
  type MasterDataPage,
  type MasterDataRow,
  masterDataDigestOf,
  readMasterDataBody,
  type Uuid,
} from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { Journal } from './journal.ts';

/** What is held of the cloud's master data, and the snapshot under way. */
export interface HeldMasterData {
  /** The life of the cloud's database it came from; null while there is none. */
  cloudEpoch: Uuid | null;
  /** 0 for none. */
  revision: number;
  /** Of the rows as they are stored here: computed from them at every start, and kept with every change. */
  digest: string;
  /** When the cloud last said that this is the latest; null for never. */
  confirmedAt: string | null;
  loading: { cloudEpoch: Uuid; revision: number; after: number } | null;
}

/** The cloud's master data as it is held here. */
export interface MasterDataRows {
  held(): HeldMasterData;
  /**
   * Puts one page in its place, in one transaction with its revision. The rows behind a last page are put in place only
   * when their digest is the one it names; otherwise nothing is changed.
   * @param follow what else changes with new rows, in the same transaction
   */
  take(page: MasterDataPage, follow: () => void): 'taken' | 'digest_differs';
  /** Gives up the snapshot under way. */
  forgetLoading(): void;
  /** Keeps that what is held is the latest. @param at ISO 8601 in UTC */
  confirm(at: string): void;
  /** One row that can be used; undefined when there is none. */
  row<E extends MasterDataEntity>(entity: E, id: string): MasterDataBody<E> | undefined;
  /** All rows of an entity that can be used, by id. */
  rows<E extends MasterDataEntity>(entity: E): { id: string; revision: number; body: MasterDataBody<E> }[];
}

interface StateRow {
  cloudEpoch: Uuid | null;
  revision: number;
  confirmedAt: string | null;
  loadingEpoch: Uuid | null;
  loadingRevision: number | null;
  loadingAfter: number | null;
}

/** Thrown within the transaction, so that it comes to nothing. */
class DigestDiffers extends Error {}

export function openMasterDataRows(database: Database.Database, journal: Journal): MasterDataRows {
  const columns = 'entity, row_id AS id, revision, body';
  const selectState = database.prepare<[], StateRow>(`
    SELECT cloud_epoch AS cloudEpoch, revision, confirmed_at AS confirmedAt, loading_epoch AS loadingEpoch,
           loading_revision AS loadingRevision, loading_after AS loadingAfter
    FROM master_data_state
  `);
  const setHeld = database.prepare('UPDATE master_data_state SET cloud_epoch = ?, revision = ?');
  const setConfirmed = database.prepare('UPDATE master_data_state SET confirmed_at = ?');
  const setLoading = database.prepare(
    'UPDATE master_data_state SET loading_epoch = ?, loading_revision = ?, loading_after = ?',
  );
  const selectRow = database.prepare<[string, string], MasterDataRow>(
    `SELECT ${columns} FROM master_data_rows WHERE entity = ? AND row_id = ?`,
  );
  const selectEntity = database.prepare<[string], MasterDataRow>(
    `SELECT ${columns} FROM master_data_rows WHERE entity = ? ORDER BY row_id`,
  );
  const held = tableOf('master_data_rows');
  const loading = tableOf('master_data_loading_rows');
  const swapIn = database.prepare(`
    INSERT INTO master_data_rows (entity, row_id, revision, body)
    SELECT entity, row_id, revision, body FROM master_data_loading_rows
  `);
  let digest = held.digest();

  /** The same statements for the rows in place and for those of the snapshot under way. */
  function tableOf(table: 'master_data_rows' | 'master_data_loading_rows') {
    const selectAll = database.prepare<[], MasterDataRow>(`SELECT ${columns} FROM ${table}`);
    const upsert = database.prepare(`
      INSERT INTO ${table} (entity, row_id, revision, body) VALUES (@entity, @id, @revision, @body)
      ON CONFLICT (entity, row_id) DO UPDATE SET revision = excluded.revision, body = excluded.body
    `);
    const remove = database.prepare(`DELETE FROM ${table} WHERE entity = ? AND row_id = ?`);
    const clear = database.prepare(`DELETE FROM ${table}`);
    return {
      digest: () => masterDataDigestOf(selectAll.iterate()),
      clear: () => void clear.run(),
      put: (rows: readonly MasterDataRow[]) => {
        for (const row of rows) {
          if (row.body === null) remove.run(row.entity, row.id);
          else upsert.run(row);
        }
      },
    };
  }

  function stateRow(): StateRow {
    const state = selectState.get();
    assert(state !== undefined, 'the state of master data has its one row');
    return state;
  }

  function takeDelta({ cloudEpoch, to, rows, last, digest: promised }: MasterDataPage): void {
    for (const row of rows) {
      digest = changedDigest(digest, selectRow.get(row.entity, row.id) ?? null, row);
      held.put([row]);
    }
    if (last && digest !== promised) throw new DigestDiffers();
    setHeld.run(cloudEpoch, to);
  }

  /** @returns whether the snapshot is whole and now in place */
  function takeSnapshot({
    cloudEpoch,
    snapshot,
    from,
    to,
    rows,
    last,
    digest: promised,
  }: MasterDataPage): boolean {
    if (from === 0) loading.clear();
    loading.put(rows);
    if (!last) {
      setLoading.run(cloudEpoch, snapshot, to);
      return false;
    }
    if (loading.digest() !== promised) throw new DigestDiffers();
    held.clear();
    swapIn.run();
    loading.clear();
    setLoading.run(null, null, null);
    setHeld.run(cloudEpoch, snapshot);
    digest = promised;
    return true;
  }

  const usable = <E extends MasterDataEntity>(entity: E, row: MasterDataRow | undefined) =>
    row?.body == null ? undefined : readMasterDataBody(entity, row.body);

  return {
    held: () => {
      const { cloudEpoch, revision, confirmedAt, loadingEpoch, loadingRevision, loadingAfter } = stateRow();
      const isLoading = loadingEpoch !== null && loadingRevision !== null && loadingAfter !== null;
      return {
        cloudEpoch,
        revision,
        digest,
        confirmedAt,
        loading: isLoading
          ? { cloudEpoch: loadingEpoch, revision: loadingRevision, after: loadingAfter }
          : null,
      };
    },

    take: (page, follow) => {
      const before = digest;
      try {
        journal.commit(() => {
          if (page.snapshot === null) takeDelta(page);
          else if (!takeSnapshot(page)) return;
          follow();
        });
        return 'taken';
      } catch (error) {
        digest = before;
        if (error instanceof DigestDiffers) return 'digest_differs';
        throw error;
      }
    },

    forgetLoading: () =>
      journal.commit(() => {
        loading.clear();
        setLoading.run(null, null, null);
      }),
    confirm: (at) => journal.commit(() => void setConfirmed.run(at)),
    row: (entity, id) => usable(entity, selectRow.get(entity, id)),
    rows: (entity) =>
      selectEntity.all(entity).flatMap((row) => {
        const body = usable(entity, row);
        return body === undefined ? [] : [{ id: row.id, revision: row.revision, body }];
      }),
  };
}
