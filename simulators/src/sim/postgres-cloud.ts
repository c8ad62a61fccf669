import { applyEntries } from '@weighgate/cloud-api/src/apply-entry.ts';
import type { IngestParts } from '@weighgate/cloud-api/src/inbox/ingest.ts';
import type { MasterDataSource } from '@weighgate/cloud-api/src/inbox/nudge-devices.ts';
import { receiveMessage } from '@weighgate/cloud-api/src/inbox/receive-message.ts';
import { answerAsk, masterDataSource } from '@weighgate/cloud-api/src/registry/answer-ask.ts';
import { EVERY_SITE, recordChanges } from '@weighgate/cloud-api/src/registry/record-changes.ts';
import { type OpenDatabase, openDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { readCloudEpoch } from '@weighgate/cloud-api/src/store/epoch.ts';
import { migrate } from '@weighgate/cloud-api/src/store/migrate.ts';
import { startTestDatabase, testParts } from '@weighgate/cloud-api/src/store/test-database.ts';
import {
  type Clock,
  emptyMasterDataDigest,
  joinedDigest,
  type MakeId,
  type MasterDataEntity,
} from '@weighgate/protocol';
import { pino } from 'pino';
import type { CloudContents, CloudStore, KeptRow } from './cloud-store.ts';
import type { OpenCloud } from './world.ts';

const log = pino({ level: 'silent' });
/** Copying a database takes longer than a statement of the cloud may. */
const SLOW = { statementTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

/** A PostgreSQL server on which each world has databases of its own. */
export async function openPostgresClouds(): Promise<AsyncDisposable & { open: OpenCloud }> {
  await using undo = new AsyncDisposableStack();
  const { url } = undo.use(await startTestDatabase());
  const server = undo.use(await openDatabase(withDatabase(url, 'postgres'), log, SLOW));
  const { pool } = server;
  const templateName = 'world_template';
  await pool.query(`create database ${templateName}`);
  {
    // A database is copied from outside of it, while nobody is inside.
    await using template = await openDatabase(withDatabase(url, templateName), log);
    await migrate(template.pool, testParts);
  }
  let worlds = 0;
  const open: OpenCloud = (parts) => {
    worlds += 1;
    return openPostgresCloud(`world_${worlds}`, { ...parts, url, server: pool, templateName });
  };
  const opened = undo.move();
  return { open, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

interface ServerParts {
  clock: Clock;
  makeId: MakeId;
  url: string;
  server: OpenDatabase['pool'];
  templateName: string;
}

async function openPostgresCloud(
  name: string,
  { clock, makeId, url, server, templateName }: ServerParts,
): Promise<CloudStore> {
  const backupName = `${name}_backup`;
  let hasBackup = false;
  await server.query(`create database ${name} template ${templateName}`);
  let database = await connect();

  /** That it is another database than the one it was copied from is seen, and gives it an epoch of its own. */
  async function connect(): Promise<OpenDatabase> {
    const opened = await openDatabase(withDatabase(url, name), log);
    await opened.watchLineage({ clock, makeId, log });
    return opened;
  }

  return {
    async receive(packet, answer, atCommit) {
      let refused: unknown;
      const apply: IngestParts['apply'] = async (trx, entries) => {
        const applied = await applyEntries(trx, entries, { clock, makeId });
        try {
          atCommit();
        } catch (error) {
          refused = error;
          // Its connection dies with it, and so does the transaction.
          await trx
            .selectNoFrom(({ fn }) => fn('pg_terminate_backend', [fn('pg_backend_pid')]).as('dies'))
            .execute();
        }
        return applied;
      };
      const { db } = database;
      // Answered before the next message, where the cloud answers beside them: time must not pass meanwhile.
      const asked: Promise<void>[] = [];
      const masterData: MasterDataSource = {
        ...masterDataSource(db, { clock, log }),
        take: (ask, tell) => {
          const page = async () => answerAsk(db, ask, { clock, cloudEpoch: await readCloudEpoch(db) });
          asked.push(page().then(tell));
        },
      };
      try {
        const payload = Buffer.from(packet.payload);
        await receiveMessage({ ...packet, payload }, answer, { db, clock, makeId, log, apply, masterData });
      } catch (error) {
        throw refused ?? error;
      }
      await Promise.all(asked);
    },
    changeMasterData: (entity, id, body) =>
      database.db.transaction().execute((trx) =>
        recordChanges(
          trx,
          [
            {
              scope: EVERY_SITE,
              entity: entity as MasterDataEntity,
              id,
              body: body === null ? null : (JSON.parse(body) as object),
            },
          ],
          clock,
        ),
      ),
    async backup() {
      await database[Symbol.asyncDispose]();
      await server.query(`drop database if exists ${backupName}`);
      await server.query(`create database ${backupName} template ${name}`);
      database = await connect();
      hasBackup = true;
    },
    async restore() {
      if (!hasBackup) return false;
      await database[Symbol.asyncDispose]();
      await server.query(`drop database ${name}`);
      await server.query(`create database ${name} template ${backupName}`);
      database = await connect();
      return true;
    },
    async hashAt(incarnation, seq) {
      const row = await database.db
        .selectFrom('journal_entries')
        .select('hash')
        .where('incarnation', '=', incarnation)
        .where('seq', '=', seq)
        .executeTakeFirst();
      return row?.hash;
    },
    contents: () => contentsOf(database),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await server.query(`drop database ${name}`);
      await server.query(`drop database if exists ${backupName}`);
    },
  };
}

async function contentsOf({ db }: OpenDatabase): Promise<CloudContents> {
  const entries = await db
    .selectFrom('journal_entries')
    .select([
      'incarnation',
      'seq',
      'previous_hash',
      'hash',
      'entry_text',
      'uuid',
      'carried_uuid',
      'repeats_uuid',
    ])
    .orderBy('seq')
    .execute();
  const chains = new Map<string, KeptRow[]>();
  const timesTaken = new Map<string, number>();
  for (const row of entries) {
    const chain = chains.get(row.incarnation) ?? [];
    const { seq, previous_hash: previousHash, hash, entry_text: entryText } = row;
    chain.push({ seq, previousHash, hash, entryText });
    chains.set(row.incarnation, chain);
    const uuid = row.carried_uuid ?? row.uuid;
    if (!row.repeats_uuid) timesTaken.set(uuid, (timesTaken.get(uuid) ?? 0) + 1);
  }
  const delivered = await db
    .selectFrom('ledger_entries')
    .select('session_id')
    .where('corrects_entry_id', 'is', null)
    .execute();
  const deliveries = new Map<string, number>();
  for (const { session_id: session } of delivered)
    deliveries.set(session, (deliveries.get(session) ?? 0) + 1);
  const { forks } = await db
    .selectFrom('ingest_forks')
    .select(({ fn }) => fn.countAll<number>().as('forks'))
    .executeTakeFirstOrThrow();
  const epoch = await readCloudEpoch(db);
  return { epoch, chains, timesTaken, deliveries, forks, masterData: await masterDataOf(db) };
}

async function masterDataOf(db: OpenDatabase['db']): Promise<CloudContents['masterData']> {
  const { revision } = await db.selectFrom('master_data_head').select('revision').executeTakeFirstOrThrow();
  const last = await db
    .selectFrom('master_data_changes')
    .select(['scope', 'scope_digest'])
    .distinctOn('scope')
    .orderBy('scope')
    .orderBy('revision', 'desc')
    .execute();
  const digest = joinedDigest([emptyMasterDataDigest, ...last.map(({ scope_digest }) => scope_digest)]);
  return { revision, digest };
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
