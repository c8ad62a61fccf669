import { isoInstant, truckKeyOf } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { KeptTare } from '../weighing/stored-tare.ts';
import type { LegalGross, TruckBook } from '../weighing/truck-book.ts';
import type { Journal } from './journal.ts';

/** What this site keeps of a truck. */
export interface TruckRecords extends TruckBook {
  /** Sets a truck's legal gross, or with null takes it away, and journals it; the same again changes nothing. */
  setLegalGross(truck: string, limit: LegalGross | null): { changed: boolean };
  /** Sets a preset tare in grams and journals it; it holds anew from now, also when it is the same again. */
  setTare(truck: string, tareG: number): void;
}

export function openTruckRecords(database: Database.Database, journal: Journal): TruckRecords {
  const selectLimit = database.prepare<[string], LegalGross>(`
    SELECT legal_gross_g AS legalGrossG, overload FROM truck_limits WHERE truck_key = ?
  `);
  const upsertLimit = database.prepare(`
    INSERT INTO truck_limits (truck_key, legal_gross_g, overload, entry_uuid) VALUES (?, ?, ?, ?)
    ON CONFLICT (truck_key) DO UPDATE
    SET legal_gross_g = excluded.legal_gross_g, overload = excluded.overload, entry_uuid = excluded.entry_uuid
  `);
  const deleteLimit = database.prepare('DELETE FROM truck_limits WHERE truck_key = ?');

  const selectPreset = database.prepare<[string], KeptTare>(`
    SELECT 'preset' AS kind, tare_g AS tareG, set_at AS setAt, NULL AS weightId FROM preset_tares WHERE truck_key = ?
  `);
  const selectWeighed = database.prepare<[string, number], KeptTare>(`
    SELECT 'weighed' AS kind, session.truck_tare_g AS tareG, weight.registered_at AS setAt, weight.weight_id AS weightId
    FROM weighing_sessions AS session
    JOIN registered_weights AS weight ON weight.weight_id = session.second_weight_id
    WHERE session.truck_key = ? AND session.net_kind = 'known'
      AND session.stored_tare IS NULL AND session.ended IS NULL
    ORDER BY session.session_id DESC LIMIT ?
  `);
  const upsertPreset = database.prepare(`
    INSERT INTO preset_tares (truck_key, tare_g, set_at, entry_uuid) VALUES (?, ?, ?, ?)
    ON CONFLICT (truck_key) DO UPDATE
    SET tare_g = excluded.tare_g, set_at = excluded.set_at, entry_uuid = excluded.entry_uuid
  `);

  function tareOf(truck: string): KeptTare | undefined {
    const key = truckKeyOf(truck);
    const preset = selectPreset.get(key);
    const weighed = selectWeighed.get(key, 1);
    if (preset === undefined || weighed === undefined) return preset ?? weighed;
    return preset.setAt > weighed.setAt ? preset : weighed;
  }

  return {
    tareOf,
    recentTaresG: (truck, most) => selectWeighed.all(truckKeyOf(truck), most).map(({ tareG }) => tareG),
    setTare: (truck, tareG) =>
      journal.commit(() => {
        const previousTareG = tareOf(truck)?.tareG ?? null;
        const { uuid, at } = journal.append({
          kind: 'truck_tare.set',
          body: { truck, tareG, previousTareG },
        });
        upsertPreset.run(truckKeyOf(truck), tareG, isoInstant(at.wallMs), uuid);
      }),
    legalGrossOf: (truck) => selectLimit.get(truckKeyOf(truck)),
    setLegalGross: (truck, limit) =>
      journal.commit(() => {
        const key = truckKeyOf(truck);
        const before = selectLimit.get(key);
        if (before?.legalGrossG === limit?.legalGrossG && before?.overload === limit?.overload) {
          return { changed: false };
        }
        const { uuid } = journal.append({
          kind: 'truck.legal_gross_set',
          body: {
            truck,
            legalGrossG: limit?.legalGrossG ?? null,
            overload: limit?.overload ?? 'warn',
            previousLegalGrossG: before?.legalGrossG ?? null,
          },
        });
        if (limit === null) deleteLimit.run(key);
        else upsertLimit.run(key, limit.legalGrossG, limit.overload, uuid);
        return { changed: true };
      }),
  };
}
