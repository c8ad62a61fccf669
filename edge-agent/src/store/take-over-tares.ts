import { isValidAt } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { ContainerTares } from './container-tares.ts';
import type { MasterDataRows } from './master-data-rows.ts';
import type { SyncPosition } from './sync-position.ts';

/** Most tares taken over at once: each has an entry of its own, and the scale must not wait for thousands. */
const MOST_AT_ONCE = 200;

/** Takes tares of the cloud into the table of tares. */
export interface TareTakeOver {
  /**
   * Takes over those whose day has come and that were not taken over before, with an entry each; pending nets that
   * waited for them are completed. Must run inside a transaction. @param nowMs wall clock
   * @returns whether there are more
   */
  takeDue(nowMs: number): boolean;
}

/**
 * Each tare of the cloud is taken over once. One that was set here and that the cloud has not acknowledged is newer than
 * anything the cloud can have said: it stands, and the cloud will tell it to everybody.
 */
export function openTareTakeOver(
  database: Database.Database,
  masterData: MasterDataRows,
  containerTares: Pick<ContainerTares, 'takeOver'>,
  syncPosition: SyncPosition,
): TareTakeOver {
  const selectTaken = database.prepare<[string], { tareG: number; validFrom: string | null }>(
    'SELECT tare_g AS tareG, valid_from AS validFrom FROM taken_over_tares WHERE container = ?',
  );
  const upsertTaken = database.prepare(`
    INSERT INTO taken_over_tares (container, tare_g, valid_from) VALUES (?, ?, ?)
    ON CONFLICT (container) DO UPDATE SET tare_g = excluded.tare_g, valid_from = excluded.valid_from
  `);
  const selectSetBy = database.prepare<[string], { incarnation: string; seq: number }>(`
    SELECT journal.incarnation, journal.seq
    FROM container_tares JOIN journal ON journal.uuid = container_tares.entry_uuid
    WHERE container_tares.container = ? AND json_extract(journal.entry_text, '$.body.masterDataRevision') IS NULL
  `);

  function isNewerHere(container: string): boolean {
    const setBy = selectSetBy.get(container);
    return setBy !== undefined && setBy.seq > syncPosition.of(setBy.incarnation).ackedSeq;
  }

  return {
    takeDue: (nowMs) => {
      let taken = 0;
      for (const { revision, body } of masterData.rows('container')) {
        const tare = body.tares.find((one) => isValidAt(one, nowMs));
        if (tare === undefined) continue;
        const { container } = body;
        const { tareG, validFrom } = tare;
        const before = selectTaken.get(container);
        if (before?.tareG === tareG && before.validFrom === validFrom) continue;
        if (taken >= MOST_AT_ONCE) return true;
        if (!isNewerHere(container)) containerTares.takeOver(container, tareG, revision);
        upsertTaken.run(container, tareG, validFrom);
        taken += 1;
      }
      return false;
    },
  };
}
