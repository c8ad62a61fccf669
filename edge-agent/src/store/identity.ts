import { type Clock, isoInstant, type MakeId, type Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { StoreError } from './store-error.ts';

/** Who writes this database, and which life of it this is. */
export interface Identity {
  device: string;
  site: string;
  incarnation: Uuid;
  bornAt: string;
}

/**
 * The identity of the database; made when it is new.
 * @throws StoreError `store_other_device` when the configuration names another device or site
 */
export function identityOf(
  database: Database.Database,
  { device, site }: { device: string; site: string },
  { clock, makeId }: { clock: Clock; makeId: MakeId },
): Identity {
  database
    .prepare(`
      INSERT INTO identity (id, device, site, incarnation, born_at) VALUES (1, ?, ?, ?, ?)
      ON CONFLICT (id) DO NOTHING
    `)
    .run(device, site, makeId(), isoInstant(clock.now()));
  const identity = database
    .prepare<[], Identity>('SELECT device, site, incarnation, born_at AS bornAt FROM identity')
    .get() as Identity;
  if (identity.device !== device || identity.site !== site) {
    throw new StoreError(
      'store_other_device',
      `${database.name} belongs to device ${identity.device} at site ${identity.site}; the configuration says ${device} ` +
        `at ${site}. Use another dataDir, or put the old names back.`,
    );
  }
  return identity;
}
