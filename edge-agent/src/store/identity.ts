import { type Clock, isoInstant, type MakeId, type Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { StoreError } from './store-error.ts';

/** Who writes this database, and which life of it this is. The life changes when {@link refreshIdentity} says so. */
export interface Identity {
  readonly device: string;
  readonly site: string;
  readonly incarnation: Uuid;
  readonly bornAt: string;
  /** The life that this one goes on from, and the last entry the two share; null for a first life. */
  readonly parent: { incarnation: Uuid; seq: number } | null;
}

type IdentityRow = Omit<Identity, 'parent'> & { parentIncarnation: Uuid | null; parentSeq: number | null };

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
  const identity = readIdentity(database);
  if (identity.device !== device || identity.site !== site) {
    throw new StoreError(
      'store_other_device',
      `${database.name} belongs to device ${identity.device} at site ${identity.site}; the configuration says ${device} ` +
        `at ${site}. Use another dataDir, or put the old names back.`,
    );
  }
  return identity;
}

/** Makes what everybody was handed say what the database says now: that a new life has begun, or that it has not. */
export function refreshIdentity(database: Database.Database, identity: Identity): void {
  Object.assign(identity, readIdentity(database));
}

function readIdentity(database: Database.Database): Identity {
  const row = database
    .prepare<[], IdentityRow>(`
      SELECT device, site, incarnation, born_at AS bornAt,
             parent_incarnation AS parentIncarnation, parent_seq AS parentSeq
      FROM identity
    `)
    .get() as IdentityRow;
  const { parentIncarnation, parentSeq, ...identity } = row;
  if (parentIncarnation === null || parentSeq === null) return { ...identity, parent: null };
  return { ...identity, parent: { incarnation: parentIncarnation, seq: parentSeq } };
}
