import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { Pool, types } from 'pg';
import type { Logger } from 'pino';
import { DatabaseRefusedError } from './database-refused.ts';
import type { Database } from './schema.ts';

export type Db = Kysely<Database>;
export type Trx = Transaction<Database>;

const MAX_CONNECTIONS = 10;
const INT8_OID = 20;

export interface DatabaseLimits {
  /** Longest one statement may run. */
  statementTimeoutMs: number;
  /** Longest a statement may wait for a row another transaction holds. */
  lockTimeoutMs: number;
}
const usualLimits: DatabaseLimits = { statementTimeoutMs: 5_000, lockTimeoutMs: 3_000 };

/** An open database. Disposing closes its connections after the running statements. */
export interface OpenDatabase extends AsyncDisposable {
  db: Db;
  pool: Pool;
  /** Resolves when the server answers a trivial question. */
  ping(): Promise<void>;
}

/** int8 as a number, exactly or not at all; every other type as pg reads it (numeric stays text). */
function readInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 beyond the safe integers: ${text}`);
  return value;
}

const getTypeParser: typeof types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === INT8_OID ? readInt8 : types.getTypeParser(oid, format as 'text');

/**
 * Opens a pool and checks that a commit means what we say it means.
 * @throws DatabaseRefusedError when the server does not keep what it acknowledged
 */
export async function openDatabase(
  url: string,
  log: Logger,
  limits: DatabaseLimits = usualLimits,
): Promise<OpenDatabase> {
  const pool = new Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    statement_timeout: limits.statementTimeoutMs,
    lock_timeout: limits.lockTimeoutMs,
    idle_in_transaction_session_timeout: 30_000,
    application_name: 'weighgate-cloud',
    types: { getTypeParser },
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'database.connection_lost'));
  try {
    await assertDurable(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    db: new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }),
    pool,
    ping: async () => {
      await pool.query('select 1');
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

const durableSettings: Readonly<Record<string, readonly string[]>> = {
  fsync: ['on'],
  synchronous_commit: ['on', 'remote_write', 'remote_apply'],
  full_page_writes: ['on'],
};

/** A receipt is sent after commit and the device trusts it: a server that may forget a commit is refused. */
async function assertDurable(pool: Pool): Promise<void> {
  for (const [setting, allowed] of Object.entries(durableSettings)) {
    const answer = await pool.query<Record<string, string>>(`show ${setting}`);
    const value = answer.rows[0]?.[setting] ?? 'unknown';
    if (!allowed.includes(value)) {
      throw new DatabaseRefusedError(
        `PostgreSQL runs with ${setting} = ${value}: weighings it has acknowledged could be lost in a power cut. ` +
          `Set ${setting} = on and start again`,
      );
    }
  }
}
