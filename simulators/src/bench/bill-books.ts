import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { noAuthority } from '@weighgate/cloud-api/src/billing/runs/allocation.ts';
import type { IssueParts } from '@weighgate/cloud-api/src/billing/runs/issue-run.ts';
import { type Db, type OpenDatabase, openDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { startEmbeddedPostgres } from '@weighgate/cloud-api/src/store/embedded-postgres.ts';
import { migrate } from '@weighgate/cloud-api/src/store/migrate.ts';
import { idMaker, systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { proofFolder } from '../prove/proved-agent.ts';

const HOUR_MS = 3_600_000;
/** Filling writes whole tables in one statement. */
const fillLimits = { statementTimeoutMs: HOUR_MS, lockTimeoutMs: 30_000 };
const parts = {
  clock: systemClock,
  makeId: idMaker(systemClock),
  log: pino({ level: 'silent' }),
  randomBytes,
};

/** The period that everything was weighed out in. */
export const filledPeriod = {
  fromMs: Date.parse('2026-05-31T21:00:00Z'),
  toMs: Date.parse('2026-06-30T21:00:00Z'),
};

/** A real PostgreSQL with the cloud's schema and nothing in it. */
export interface BillBooks extends AsyncDisposable {
  url: string;
  pid: number;
  /** As the owner of the tables, who fills them. */
  owner: OpenDatabase;
}

/** Durable as by default: the server is started by the very function that starts the cloud's own. */
export async function startBillBooks(name: string): Promise<BillBooks> {
  await using undo = new AsyncDisposableStack();
  const { path } = undo.use(proofFolder(name));
  const postgres = undo.use(
    await startEmbeddedPostgres({ ...parts, dataDir: join(path, 'postgres'), port: 0 }),
  );
  const owner = undo.use(await openDatabase(postgres.url, parts.log, fillLimits));
  await migrate(owner.pool, parts);
  const kept = undo.move();
  return {
    url: postgres.url,
    pid: postgres.pid,
    owner,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Opens it as the program does: as the role that owns nothing. */
export function openAsProgram(url: string, connections: number): Promise<OpenDatabase> {
  return openDatabase(url, parts.log, {
    statementTimeoutMs: HOUR_MS,
    lockTimeoutMs: 60_000,
    connections,
    connectionTimeoutMs: HOUR_MS,
    role: 'weighgate_app',
  });
}

/** What runs need from outside, on a database. */
export function runPartsOf(db: Db): IssueParts {
  return {
    db,
    clock: systemClock,
    makeId: parts.makeId,
    currency: 'ILS',
    timeZone: 'Asia/Jerusalem',
    askAllocation: noAuthority,
  };
}
