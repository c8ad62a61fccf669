import { truckKeyOf } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { LegalGross, TruckBook } from '../weighing/truck-book.ts';
import type { Journal } from './journal.ts';

/** What this site keeps of a truck. */
export interface TruckRecords extends TruckBook {
  /** Sets a truck's legal gross, or with null takes it away, and journals it; the same again changes nothing. */
  setLegalGross(truck: string, limit: LegalGross | null): { changed: boolean };
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

  return {
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
