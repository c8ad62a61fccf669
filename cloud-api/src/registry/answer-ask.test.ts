import type { Clock, MasterDataRow } from '@weighgate/protocol';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { OpenDatabase } from '../store/database.ts';
import { startTestDatabase, testParts } from '../store/test-database.ts';
import { answerAsk } from './answer-ask.ts';
import type { PageLimits } from './plan-answer.ts';
import { changeOf, EVERY_SITE, type MasterDataChange, recordChanges } from './record-changes.ts';
import { TestDevice } from './test-device.ts';

const DAY_MS = 86_400_000;
let database: OpenDatabase;
let nowMs = Date.UTC(2026, 0, 1);
const clock: Clock = { ...testParts.clock, now: () => nowMs };
let cloudEpoch = testParts.makeId();
beforeAll(async () => {
  database = await startTestDatabase();
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(() => forgetAll());

/** The database as before any change, past the triggers that forbid it. */
async function forgetAll() {
  nowMs = Date.UTC(2026, 0, 1);
  cloudEpoch = testParts.makeId();
  await sql`set session_replication_role = replica; delete from master_data_changes;
    update master_data_head set revision = 0; set session_replication_role = default`.execute(database.db);
}

const record = (...changes: MasterDataChange[]) =>
  database.db.transaction().execute((trx) => recordChanges(trx, changes, clock));
const produce = (id: string, there = true, scope = EVERY_SITE): MasterDataChange => ({
  ...changeOf('produce', id, there ? { produce: id } : null),
  scope,
});
const provider = (id: number, name: string): MasterDataChange =>
  changeOf('provider', String(id), {
    providerId: id,
    name,
    status: 'active',
    validFrom: null,
    validTo: null,
  });

/** Asks until it is up to date. */
async function bringUpToDate(device: TestDevice, limits?: PageLimits) {
  for (let pages = 1; pages < 1000; pages += 1) {
    const page = await answerAsk(database.db, device.ask(), { clock, cloudEpoch }, limits);
    if (device.take(page) && device.since === (await headOf())) return pages;
  }
  throw new Error('never up to date');
}
const headOf = async () =>
  (await database.db.selectFrom('master_data_head').select('revision').executeTakeFirstOrThrow()).revision;
const idsOf = ({ rows }: TestDevice) => [...rows.values()].map(({ id }) => id).sort();

test('a new device gets a snapshot, then only what changed, and a row that was taken away is gone', async () => {
  await record(produce('orange'), produce('lemon'));
  const device = new TestDevice('DEMO');
  expect(await bringUpToDate(device)).toBe(1);
  expect(idsOf(device)).toEqual(['lemon', 'orange']);
  await record(produce('plum'), produce('lemon', false));
  const page = await answerAsk(database.db, device.ask(), { clock, cloudEpoch });
  expect(page).toMatchObject({ snapshot: null, from: 2, to: 4, last: true });
  expect(page.rows).toHaveLength(2);
  device.take(page);
  expect(idsOf(device)).toEqual(['orange', 'plum']);
});

test('F18: a row taken away and made again ends as it was made last, by changes and by snapshot', async () => {
  const before = new TestDevice('DEMO');
  await record(provider(1, 'North'));
  await bringUpToDate(before);
  await record(changeOf('provider', '1', null));
  await record(provider(1, 'North again'));
  await bringUpToDate(before);
  const after = new TestDevice('DEMO');
  await bringUpToDate(after);
  expect(before.rows).toEqual(after.rows);
  expect(before.rows.get('provider/1')?.body).toContain('North again');
  expect(before.snapshotsTaken).toBe(1);
});

test('a change that changes nothing gets no revision', async () => {
  expect(await record(produce('orange'))).toBe(1);
  expect(await record(produce('orange'), produce('lemon', false))).toBe(1);
});

test('rows of one site are told to no other', async () => {
  await record(produce('orange'), produce('fig', true, 'DEMO'), produce('date', true, 'OTHER'));
  const [demo, other] = [new TestDevice('DEMO'), new TestDevice('OTHER')];
  await bringUpToDate(demo, { rows: 1, bytes: 1e6 });
  await bringUpToDate(other);
  expect([idsOf(demo), idsOf(other)]).toEqual([
    ['fig', 'orange'],
    ['date', 'orange'],
  ]);
});

test('a device that was enrolled gets the rows of its site, whichever it says it is at', async () => {
  await record(produce('fig', true, 'DEMO'), produce('date', true, 'OTHER'));
  await database.pool.query(`insert into sites values ('DEMO', now()) on conflict do nothing;
    insert into enrolled_devices values ('gate-1', 'DEMO', now())`);
  const device = new TestDevice('OTHER');
  await bringUpToDate(device);
  await database.pool.query(`delete from enrolled_devices where device = 'gate-1'`);
  expect(idsOf(device)).toEqual(['fig']);
});

test.each([
  ['a copy that has gone wrong', (device: TestDevice) => device.rows.delete('produce/orange')],
  [
    'a device that was never here',
    (device: TestDevice) => Object.assign(device, { cloudEpoch: testParts.makeId() }),
  ],
  [
    'a device that is ahead of a restored cloud',
    (device: TestDevice) => Object.assign(device, { since: 99 }),
  ],
  [
    'a device that was away for more than 180 days',
    () => {
      nowMs += 181 * DAY_MS;
    },
  ],
])('%s gets a snapshot', async (_, spoil) => {
  await record(produce('orange'), produce('lemon'));
  const device = new TestDevice('DEMO');
  await bringUpToDate(device);
  await record(produce('plum'));
  spoil(device);
  await bringUpToDate(device, { rows: 2, bytes: 1e6 });
  expect(idsOf(device)).toEqual(['lemon', 'orange', 'plum']);
  expect(device.snapshotsTaken).toBe(2);
});

test('a snapshot under way stays what it was while the registry changes, and the changes follow', async () => {
  await record(...['a', 'b', 'c', 'd'].map((id) => produce(id)));
  const device = new TestDevice('DEMO');
  const limits = { rows: 1, bytes: 1e6 };
  const ask = () => answerAsk(database.db, device.ask(), { clock, cloudEpoch }, limits);
  device.take(await ask());
  await record(produce('b', false), produce('e'));
  for (let page = 0; page < 3; page += 1) device.take(await ask());
  expect(idsOf(device)).toEqual(['a', 'b', 'c', 'd']);
  await bringUpToDate(device, limits);
  expect(idsOf(device)).toEqual(['a', 'c', 'd', 'e']);
});

test('any changes, in any paging, at any time asked: a device ends with the snapshot, by its rows and its digest', async () => {
  const change = fc.record({
    id: fc.integer({ min: 1, max: 6 }),
    name: fc.constantFrom('North', 'South', null),
    scope: fc.constantFrom(EVERY_SITE, 'DEMO', 'OTHER'),
    pagesAfter: fc.integer({ min: 0, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 25 }),
      fc.record({ rows: fc.integer({ min: 1, max: 5 }), bytes: fc.integer({ min: 100, max: 2000 }) }),
      async (changes, limits) => {
        await forgetAll();
        const device = new TestDevice('DEMO');
        const expected = new Map<string, string>();
        for (const { id, name, scope, pagesAfter } of changes) {
          // Ids of one scope are no other's: which scope a row has follows from what it is.
          const key = `${scope === EVERY_SITE ? 'all' : scope} ${id}`;
          const one = { ...(name === null ? changeOf('produce', key, null) : produce(key)), scope };
          const body = name === null ? null : { produce: key, note: name };
          await record({ ...one, body });
          if (scope !== 'OTHER' && body === null) expected.delete(key);
          if (scope !== 'OTHER' && body !== null) expected.set(key, JSON.stringify(body));
          for (let page = 0; page < pagesAfter; page += 1) {
            device.take(await answerAsk(database.db, device.ask(), { clock, cloudEpoch }, limits));
          }
        }
        await bringUpToDate(device, limits);
        const snapshot = new TestDevice('DEMO');
        await bringUpToDate(snapshot);
        expect(device.rows).toEqual(snapshot.rows);
        expect(device.digest()).toBe(snapshot.digest());
        const bodies = [...device.rows.values()].map(({ id, body }: MasterDataRow) => [id, body] as const);
        expect(new Map(bodies)).toEqual(expected);
      },
    ),
    { numRuns: 25 },
  );
}, 60_000);
