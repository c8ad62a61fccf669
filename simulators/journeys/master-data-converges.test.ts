import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerAsk } from '@weighgate/cloud-api/src/registry/answer-ask.ts';
import { changeOf, recordChanges } from '@weighgate/cloud-api/src/registry/record-changes.ts';
import { startTestDatabase } from '@weighgate/cloud-api/src/store/test-database.ts';
import { openStore, type Store } from '@weighgate/edge-agent/src/store/open-store.ts';
import { type MasterDataCopy, masterDataCopy } from '@weighgate/edge-agent/src/sync/master-data-copy.ts';
import {
  type DownMessage,
  downMessageSchema,
  idMaker,
  type MasterDataAsk,
  systemClock,
  type Uuid,
  upMessageSchema,
} from '@weighgate/protocol';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../src/random.ts';
import { virtualClock } from '../src/virtual-clock.ts';

// Both sides as they run, on real SQLite and real PostgreSQL, and between them a network that loses, doubles and reorders.

const log = pino({ level: 'silent' });
const stack = new AsyncDisposableStack();
let database: Awaited<ReturnType<typeof startTestDatabase>>;
beforeAll(async () => {
  database = stack.use(await startTestDatabase());
});
afterAll(() => stack.disposeAsync());

/** The cloud's database as it was at a revision before, restored from a backup: another life. */
async function restoreCloudTo(revision: number): Promise<void> {
  await database.pool.query(`set session_replication_role = replica;
    delete from master_data_changes where revision > ${revision};
    update master_data_head set revision = ${revision};
    set session_replication_role = default`);
}

test.each([1, 2, 3, 4])(
  'F17, F21, F09: whatever is lost, doubled, reordered, cut or restored, the copy is the list in the end (seed %i)',
  async (seed) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-copy-'));
    const random = seededRandom(seed);
    const clock = virtualClock();
    const makeId = idMaker(clock);
    await restoreCloudTo(0);
    let cloudEpoch: Uuid = makeId();
    const open = () =>
      openStore(
        { dataDir: folder.path, device: 'gate-1', site: 'DEMO' },
        { clock, makeId, bootId: 'boot-1', processId: process.pid },
      );
    const asks: MasterDataAsk[] = [];
    const send = (ask: MasterDataAsk) => void asks.push(ask);
    const onFatal = (error: Error) => {
      throw error;
    };
    let store: Store = open();
    const copyOf = (): MasterDataCopy =>
      masterDataCopy(store, { clock, random: () => random.next(), log, send, onFatal });
    let copy = copyOf();
    let inTheAir: DownMessage[] = [];
    let faults = true;
    const chance = (share: number) => faults && random.next() < share;

    const head = async () =>
      (await database.db.selectFrom('master_data_head').select('revision').executeTakeFirstOrThrow())
        .revision;
    const record = async () => {
      const id = `P${Math.floor(random.next() * 12)}`;
      const note = `${'x'.repeat(Math.floor(random.next() * 300))}`;
      const there = random.next() < 0.7;
      const change = { ...changeOf('produce', id, null), body: there ? { produce: id, note } : null };
      await database.db.transaction().execute((trx) => recordChanges(trx, [change], systemClock));
    };
    const welcome = async (): Promise<DownMessage> => ({
      v: 1,
      type: 'welcome',
      device: 'gate-1',
      incarnation: store.identity.incarnation,
      cloudEpoch,
      upTo: 0,
      hash: '0'.repeat(64),
      serverTime: '2026-01-01T00:00:00.000Z',
      window: 1,
      paceRowsPerSecond: 1,
      masterDataRevision: await head(),
    });
    /** One step of the network: questions are answered, answers arrive, in any order, twice or never. */
    const exchange = async () => {
      for (const ask of asks.splice(0)) {
        if (chance(0.2)) continue;
        const sent = upMessageSchema.parse(JSON.parse(JSON.stringify(ask)));
        if (sent.type !== 'md_ask') throw new Error('not a question');
        const limits = { rows: 1 + Math.floor(random.next() * 3), bytes: 2_000 };
        const page = await answerAsk(database.db, sent, { clock: systemClock, cloudEpoch }, limits);
        for (let copies = chance(0.2) ? 2 : 1; copies > 0; copies -= 1) inTheAir.push(page);
      }
      if (chance(0.3)) inTheAir.reverse();
      const arriving = inTheAir.splice(0, chance(0.4) ? 1 : inTheAir.length);
      for (const message of arriving) {
        if (chance(0.2)) continue;
        copy.heard(downMessageSchema.parse(JSON.parse(JSON.stringify(message))));
      }
    };

    for (let step = 0; step < 150; step += 1) {
      if (random.next() < 0.4) await record();
      if (chance(0.1))
        copy.heard({ v: 1, type: 'md_nudge', device: 'gate-1', revision: Math.max(1, await head()) });
      if (chance(0.1)) {
        copy.disconnected();
        copy.heard(await welcome());
      }
      if (chance(0.05)) {
        store[Symbol.dispose]();
        store = open();
        copy = copyOf();
        copy.heard(await welcome());
      }
      if (chance(0.03)) {
        await restoreCloudTo(Math.floor(random.next() * (await head())));
        cloudEpoch = makeId();
      }
      await clock.advance(Math.floor(random.next() * 20_000));
      copy.tick();
      await exchange();
    }

    faults = false;
    inTheAir = [];
    copy.disconnected();
    copy.heard(await welcome());
    for (let step = 0; step < 200 && copy.view().phase !== 'current'; step += 1) {
      await exchange();
      await clock.advance(5_000);
      copy.tick();
    }
    expect(copy.view()).toMatchObject({ phase: 'current', revision: await head() });
    const { rows: live } = await database.pool.query<{ id: string }>(
      `select row_id as id from (
         select distinct on (row_id) row_id, body from master_data_changes order by row_id, revision desc) as latest
       where body is not null`,
    );
    expect(store.masterData.rows('produce').map(({ id }) => id)).toEqual(live.map(({ id }) => id).sort());
    const [asked] = [await answerAsk(database.db, lastAsk(), { clock: systemClock, cloudEpoch })];
    expect(asked).toMatchObject({
      snapshot: null,
      rows: [],
      last: true,
      digest: store.masterData.held().digest,
    });
    store[Symbol.dispose]();

    function lastAsk(): MasterDataAsk {
      const { revision: since, digest } = store.masterData.held();
      return {
        v: 1,
        type: 'md_ask',
        device: 'gate-1',
        site: 'DEMO',
        cloudEpoch,
        since,
        digest,
        snapshot: null,
      };
    }
  },
);
