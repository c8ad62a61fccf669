import { type Clock, isoInstant, type MakeId, type Uuid, uuidSchema } from '@weighgate/protocol';
import type { ClientBase } from 'pg';
import type { Logger } from 'pino';
import type { Db, Trx } from './database.ts';

/** The life this database lives, as its transactions see it: receipts speak for it alone. */
export async function readCloudEpoch(db: Db | Trx): Promise<Uuid> {
  const { epoch } = await db.selectFrom('cloud_epoch').select('epoch').executeTakeFirstOrThrow();
  return uuidSchema.parse(epoch);
}

interface Lineage {
  systemIdentifier: string;
  timeline: string;
  databaseOid: string;
}

/**
 * Where a database lives: the cluster it is in, how often that was promoted or recovered to a point in time, and which of its
 * databases it is. A copy, a restore elsewhere and a failover differ in one of them.
 */
async function readLineage(client: ClientBase): Promise<Lineage> {
  const answer = await client.query<Lineage>(
    `select (select system_identifier::text from pg_control_system()) as "systemIdentifier",
            substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as timeline,
            (select oid::text from pg_database where datname = current_database()) as "databaseOid"`,
  );
  const [lineage] = answer.rows;
  if (lineage === undefined) throw new Error('PostgreSQL does not say which cluster it is');
  return lineage;
}

/**
 * Gives the database a new epoch when it lives elsewhere than when it was last looked at, or when it is said that it was
 * restored: what was acknowledged before may not be in it, so devices have to offer everything again.
 * @param restored why it is another life although it may live where it did; undefined when only its place decides
 */
export async function settleEpoch(
  client: ClientBase,
  parts: { clock: Clock; makeId: MakeId; log: Logger },
  restored?: string,
): Promise<void> {
  await client.query('begin');
  try {
    const found = await client.query<{ epoch: string; known: Partial<Lineage> }>(
      `select epoch, json_build_object('systemIdentifier', system_identifier, 'timeline', timeline,
                                       'databaseOid', database_oid::text) as known
         from cloud_epoch for update`,
    );
    const [before] = found.rows;
    const now = await readLineage(client);
    const reason = restored ?? reasonOf(before?.known ?? {}, now);
    if (before !== undefined && reason !== undefined) {
      const epoch = parts.makeId();
      const at = isoInstant(parts.clock.now());
      await client.query('update cloud_epoch set epoch = $1, born_at = $2', [epoch, at]);
      await client.query(
        'insert into cloud_epoch_changes (epoch, before, reason, changed_at) values ($1, $2, $3, $4)',
        [epoch, before.epoch, reason, at],
      );
      parts.log.warn({ epoch, before: before.epoch, reason }, 'cloud.new_epoch');
    }
    await client.query('update cloud_epoch set system_identifier = $1, timeline = $2, database_oid = $3', [
      now.systemIdentifier,
      now.timeline,
      now.databaseOid,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** Why a database that was known to live in one place is another life in this one; undefined when it is not. */
function reasonOf(known: { [K in keyof Lineage]?: string | null }, now: Lineage): string | undefined {
  if (known.systemIdentifier == null) return undefined;
  if (known.systemIdentifier !== now.systemIdentifier)
    return 'it is in another PostgreSQL cluster than before';
  if (known.timeline !== now.timeline) return 'PostgreSQL was promoted or recovered to a point in time';
  if (known.databaseOid !== now.databaseOid) return 'the database was created anew';
  return undefined;
}
