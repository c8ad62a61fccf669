import type { Clock, MakeId } from '@weighgate/protocol';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { type ClientBase, Pool, types } from 'pg';
import type { Logger } from 'pino';
import { assertDurable } from './durable.ts';
import { settleEpoch } from './epoch.ts';
import type { Database } from './schema.ts';

export type Db = Kysely<Database>;
export type Trx = Transaction<Database>;

const MAX_CONNECTIONS = 10;
/** No connection gets older, so that a server changed under us is looked at again. */
const MAX_CONNECTION_AGE_S = 600;
const INT8_OID = 20;

export interface DatabaseLimits {
  /** Longest one statement may run. */
  statementTimeoutMs: number;
  /** Longest a statement may wait for a row another transaction holds. */
  lockTimeoutMs: number;
  /** Most connections at once. */
  connections?: number;
  /** Longest somebody waits for a connection. */
  connectionTimeoutMs?: number;
  /** The role that every connection works as from the start; its own, which owns the tables, when left out. */
  role?: string;
}
const usualLimits: DatabaseLimits = { statementTimeoutMs: 5_000, lockTimeoutMs: 3_000 };
const CONNECTION_TIMEOUT_MS = 5_000;

/** An open database. Disposing closes its connections after the running statements. */
export interface OpenDatabase extends AsyncDisposable {
  db: Db;
  pool: Pool;
  /** Resolves when the server answers a trivial question. */
  ping(): Promise<void>;
  /**
   * From now on looks at each new connection whether it is still the same database, restored or failed over to another
   * one, which then is another epoch. The schema has to be there.
   */
  watchLineage(parts: { clock: Clock; makeId: MakeId; log: Logger }): Promise<void>;
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
 * Opens a pool and checks, of every connection, that a commit means what we say it means.
 * @throws DatabaseRefusedError when the server does not keep what it acknowledged
 */
export async function openDatabase(
  url: string,
  log: Logger,
  limits: DatabaseLimits = usualLimits,
): Promise<OpenDatabase> {
  let look: (client: ClientBase) => Promise<void> = assertDurable;
  const pool = new Pool({
    connectionString: url,
    max: limits.connections ?? MAX_CONNECTIONS,
    connectionTimeoutMillis: limits.connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS,
    ...(limits.role === undefined ? {} : { options: `-c role=${limits.role}` }),
    statement_timeout: limits.statementTimeoutMs,
    lock_timeout: limits.lockTimeoutMs,
    idle_in_transaction_session_timeout: 30_000,
    application_name: 'weighgate-cloud',
    types: { getTypeParser },
    maxLifetimeSeconds: MAX_CONNECTION_AGE_S,
    verify: (client, done) => {
      look(client).then(() => done(), done);
    },
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'database.connection_lost'));
  // One that breaks in the middle of a statement tells the statement too; without a listener it would end the process.
  pool.on('connect', (client) => {
    client.on('error', (error) => log.debug({ err: error }, 'database.connection_broke'));
  });
  try {
    await pool.query('select 1');
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
    watchLineage: async (parts) => {
      const client = await pool.connect();
      try {
        await settleEpoch(client, parts);
      } finally {
        client.release();
      }
      look = async (fresh) => {
        await assertDurable(fresh);
        await settleEpoch(fresh, parts);
      };
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
