import { isoInstant, isValidAt, readMasterDataBody, type Validity } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { ContainerTares } from './container-tares.ts';
import type { SyncPosition } from './sync-position.ts';

/** Most tares taken over at once: each has an entry of its own, and the scale must not wait for thousands. */
const MOST_AT_ONCE = 200;

/** A container's row that may say something new, and the tare that was taken over from it before. */
interface DueRow {
  rowId: string;
  revision: number;
  body: string;
  tareG: number | null;
  validFrom: string | null;
}

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
  containerTares: Pick<ContainerTares, 'takeOver'>,
  syncPosition: SyncPosition,
): TareTakeOver {
  const selectDue = database.prepare<[string, number], DueRow>(`
    SELECT listed.row_id AS rowId, listed.revision, listed.body, taken.tare_g AS tareG, taken.valid_from AS validFrom
    FROM master_data_rows AS listed
    LEFT JOIN taken_over_tares AS taken ON taken.row_id = listed.row_id
    WHERE listed.entity = 'container'
      AND (taken.revision IS NOT listed.revision OR taken.look_again_at <= ?)
    ORDER BY listed.row_id LIMIT ?
  `);
  const upsertTaken = database.prepare(`
    INSERT INTO taken_over_tares (row_id, revision, tare_g, valid_from, look_again_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (row_id) DO UPDATE
    SET revision = excluded.revision, tare_g = excluded.tare_g, valid_from = excluded.valid_from,
        look_again_at = excluded.look_again_at
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

  function take({ rowId, revision, body, tareG, validFrom }: DueRow, nowMs: number): void {
    const listed = readMasterDataBody('container', body);
    const tares = listed?.tares ?? [];
    const now = tares.find((tare) => isValidAt(tare, nowMs));
    if (listed !== undefined && now !== undefined) {
      const isTaken = now.tareG === tareG && now.validFrom === validFrom;
      if (!isTaken && !isNewerHere(listed.container)) {
        containerTares.takeOver(listed.container, now.tareG, revision);
      }
    }
    const lookAgainAt = nextDayOf(tares, nowMs);
    upsertTaken.run(rowId, revision, now?.tareG ?? null, now?.validFrom ?? null, lookAgainAt);
  }

  return {
    takeDue: (nowMs) => {
      const due = selectDue.all(isoInstant(nowMs), MOST_AT_ONCE + 1);
      for (const row of due.slice(0, MOST_AT_ONCE)) take(row, nowMs);
      return due.length > MOST_AT_ONCE;
    },
  };
}

/** The next instant at which another tare may hold; null for never. */
function nextDayOf(tares: readonly Validity[], nowMs: number): string | null {
  const days = tares.flatMap(({ validFrom, validTo }) => [validFrom, validTo]);
  const toCome = days.filter((day) => day !== null && Date.parse(day) > nowMs);
  return toCome.sort()[0] ?? null;
}
