import type { Clock, MakeId } from '@weighgate/protocol';
import { isoInstant } from '@weighgate/protocol';
import type { Pool, PoolClient } from 'pg';
import type { Logger } from 'pino';
import { DatabaseRefusedError } from './database-refused.ts';
import { type Migration, migrations } from './migrations.ts';

/** Any number will do, so long as nothing else in the database takes it. */
const MIGRATION_LOCK = 726_541_811;
const LOCK_TIMEOUT_MS = 30_000;

/**
 * Brings the schema up to this version, each step once and in a transaction of its own, under an advisory lock so that two programs starting
 * together do not collide. Gives a database without an epoch its own.
 * @throws DatabaseRefusedError when the schema is newer than this program
 */
export async function migrate(
  pool: Pool,
  parts: { clock: Clock; makeId: MakeId; log: Logger },
  steps: readonly Migration[] = migrations,
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}; set statement_timeout = 0`);
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(`create table if not exists schema_migrations (
      version integer primary key, name text not null, applied_at timestamptz not null)`);
    const found = await client.query<{ version: number }>('select version from schema_migrations');
    const applied = new Set(found.rows.map(({ version }) => version));
    const known = new Set(steps.map(({ version }) => version));
    const unknown = [...applied].filter((version) => !known.has(version));
    if (unknown.length > 0) {
      throw new DatabaseRefusedError(
        `the database has schema version ${unknown.join(', ')}, this program knows ${[...known].at(-1) ?? 0}; start the newer program again`,
      );
    }
    for (const step of steps.filter(({ version }) => !applied.has(version))) {
      await applyStep(client, step, parts.clock);
      parts.log.info({ version: step.version, name: step.name }, 'schema.migrated');
    }
    await client.query(
      'insert into cloud_epoch (epoch, born_at) values ($1, $2) on conflict (only_row) do nothing',
      [parts.makeId(), isoInstant(parts.clock.now())],
    );
  } finally {
    // Closed, not given back: the lock and the settings above end with the connection.
    client.release(true);
  }
}

async function applyStep(client: PoolClient, step: Migration, clock: Clock): Promise<void> {
  await client.query('begin');
  try {
    await client.query(step.sql);
    await client.query('insert into schema_migrations (version, name, applied_at) values ($1, $2, $3)', [
      step.version,
      step.name,
      isoInstant(clock.now()),
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
