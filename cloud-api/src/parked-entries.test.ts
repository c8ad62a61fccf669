import { afterAll, beforeAll, expect, test } from 'vitest';
import { ingestHello } from './inbox/greet.ts';
import { ingestBatch } from './inbox/ingest.ts';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const visit = { truck: 'PK-1', produce: 'orange', inKg: 15_000, outKg: 8_000 };
const weighedOutAt = '2026-05-31T11:00:00.000Z';
const newVisit = (truck = 'PK-1') => visitEntries({ ...visit, truck, weighedOutAt });
const pathOf = (chain: TestChain, seq: number) =>
  `/api/fleet/parked/${chain.device}/${chain.incarnation}/${seq}`;
const retry = (chain: TestChain, seq: number) =>
  cloud.call('POST', `${pathOf(chain, seq)}/retry`, { by: 'Dana' });
const ledgerOf = (sessionId: string) =>
  cloud.database.db.selectFrom('ledger_entries').selectAll().where('session_id', '=', sessionId).execute();
const listed = async (chain: TestChain) => {
  const { body } = await cloud.call('GET', '/api/fleet/parked?limit=500');
  const { items } = body as { items: { incarnation: string; seq: number; ageS: number; reason: string }[] };
  return items.filter(({ incarnation }) => incarnation === chain.incarnation);
};

test('an entry that was parked for want of another is applied once after that came, and never twice', async () => {
  const { sessionId, opened, closed } = newVisit();
  const late = new TestChain('park-1');
  late.add(closed);
  await cloud.ingest(late);
  expect(await listed(late)).toMatchObject([
    { seq: 1, reason: 'session_not_open', ageS: expect.any(Number) },
  ]);
  expect(await retry(late, 1)).toMatchObject({
    status: 200,
    body: { outcome: 'still_parked', reason: 'session_not_open' },
  });
  expect(await ledgerOf(sessionId)).toEqual([]);

  const early = new TestChain('park-1');
  early.add(opened);
  await cloud.ingest(early);
  const answers = await Promise.all(Array.from({ length: 6 }, () => retry(late, 1)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
  expect(await ledgerOf(sessionId)).toMatchObject([{ net_g: 7_000_000 }]);
  expect(await listed(late)).toEqual([]);
  expect((await cloud.call('GET', pathOf(late, 1))).body).toMatchObject({
    entryText: late.rows[0]?.entry,
    attempts: [
      { outcome: 'applied', by: 'Dana' },
      { outcome: 'still_parked', reason: 'session_not_open', by: 'Dana' },
    ],
  });
});

test('an entry that a program before this one did not know is applied once this one knows it', async () => {
  const chain = new TestChain('park-2');
  const { sessionId, opened, closed } = newVisit('PK-2');
  chain.add(opened);
  chain.add(closed);
  await ingestBatch(chain.batch(), {
    ...testParts,
    db: cloud.database.db,
    apply: async () => ({ kind: 'parked', reason: 'unknown_kind', detail: 'not known to this version' }),
  });
  expect(await listed(chain)).toMatchObject([{ seq: 1 }, { seq: 2 }]);
  // The later one first: it waits for the one before it.
  expect(await retry(chain, 2)).toMatchObject({
    status: 409,
    body: { type: '/problems/parked-entry-depends', detail: expect.stringContaining('entry 1') },
  });
  expect(await retry(chain, 1)).toMatchObject({ status: 200, body: { outcome: 'applied' } });
  expect(await retry(chain, 2)).toMatchObject({ status: 200, body: { outcome: 'applied' } });
  expect(await ledgerOf(sessionId)).toHaveLength(1);
});

test('a tare that was parked is not set any more once a later one was', async () => {
  const chain = new TestChain('park-3');
  const tare = (tareG: number) => ({
    kind: 'container_tare.set',
    body: { container: 'PK-C1', tareG, previousTareG: null },
  });
  chain.add(tare(1_000));
  await ingestBatch(chain.batch(), {
    ...testParts,
    db: cloud.database.db,
    apply: async () => ({ kind: 'parked', reason: 'unknown_kind', detail: 'not known to this version' }),
  });
  chain.add(tare(2_000));
  await cloud.ingest(chain);
  expect(await retry(chain, 1)).toMatchObject({
    status: 409,
    body: { type: '/problems/parked-entry-overtaken', detail: expect.stringContaining('entry 2') },
  });
  const kept = await cloud.database.db
    .selectFrom('containers')
    .select('tare_g')
    .where('id', '=', 'PK-C1')
    .execute();
  expect(kept).toEqual([{ tare_g: 2_000 }]);
});

test('a person resolves an entry with a reason: it leaves the list, is kept, and holds up no bill', async () => {
  const chain = new TestChain('park-4');
  const { closed } = newVisit('PK-4');
  chain.add(closed);
  await cloud.ingest(chain);
  const period = '?from=20260501000000&to=20260630000000';
  const unbilled = async () =>
    JSON.stringify((await cloud.call('GET', `/api/billing/unbilled${period}`)).body);
  expect(await unbilled()).toContain(closed.body.ticketNo);
  const said = { by: 'Noa', reason: 'weighed twice by mistake, see ticket 17' };
  expect((await cloud.call('POST', `${pathOf(chain, 1)}/resolve`, { by: 'Noa' })).status).toBe(422);
  expect(await cloud.call('POST', `${pathOf(chain, 1)}/resolve`, said)).toMatchObject({
    status: 200,
    body: { outcome: 'resolved' },
  });
  expect(await listed(chain)).toEqual([]);
  expect(await unbilled()).not.toContain(closed.body.ticketNo);
  expect(await retry(chain, 1)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('Noa') },
  });
  expect((await cloud.call('GET', pathOf(chain, 1))).body).toMatchObject({
    attempts: [{ outcome: 'resolved', reason: said.reason, by: 'Noa' }],
  });
  for (const statement of ['delete from parked_attempts', `update parked_attempts set by_whom = 'x'`]) {
    await expect(cloud.database.pool.query(statement)).rejects.toThrow('append-only');
  }
});

test('what was never parked is not there', async () => {
  expect((await cloud.call('GET', pathOf(new TestChain(), 1))).status).toBe(404);
  expect((await retry(new TestChain(), 1)).status).toBe(404);
});

test('the list of parked entries pages from the longest parked on', async () => {
  const chain = new TestChain('park-5');
  for (let i = 0; i < 3; i += 1) chain.add({ kind: 'crane.turned', body: i });
  await cloud.ingest(chain);
  const seen: number[] = [];
  let cursor = '';
  do {
    const { body } = await cloud.call('GET', `/api/fleet/parked?limit=1${cursor && `&cursor=${cursor}`}`);
    const page = body as { items: { incarnation: string; seq: number }[]; nextCursor: string | null };
    seen.push(...page.items.filter((one) => one.incarnation === chain.incarnation).map(({ seq }) => seq));
    cursor = page.nextCursor ?? '';
  } while (cursor !== '');
  expect(seen).toEqual([1, 2, 3]);
});

test('an alarm is listed until somebody has seen to it, and is a new one when it is seen again', async () => {
  const fork = async () => {
    const chain = new TestChain('alarm-1');
    chain.add({ kind: 'test.any', body: 1 });
    await cloud.ingest(chain);
    const other = new TestChain(chain.device, chain.incarnation);
    other.add({ kind: 'test.any', body: 2 });
    for (let i = 0; i < 3; i += 1) await cloud.ingest(other);
  };
  type AlarmPage = { items: { id: string; device: string; code: string; times: number }[] };
  const open = async () =>
    ((await cloud.call('GET', '/api/fleet/alarms?limit=500')).body as AlarmPage).items.filter(
      ({ device, code }) => device === 'alarm-1' && code === 'fork',
    );
  await fork();
  const [alarm] = await open();
  expect(alarm).toMatchObject({ times: 3, acknowledged: null });
  const path = `/api/fleet/alarms/${alarm?.id}/acknowledge`;
  expect(await cloud.call('POST', path, { by: 'Noa', why: 'card swapped' })).toMatchObject({
    status: 200,
    body: { acknowledged: { by: 'Noa', why: 'card swapped' } },
  });
  expect((await cloud.call('POST', path, { by: 'Dana', why: 'me too' })).status).toBe(409);
  expect(await open()).toEqual([]);
  await fork();
  expect(await open()).toHaveLength(1);
});

test('a device in quarantine is shown so, and released by a person', async () => {
  const chain = new TestChain('quarantine-1');
  const parts = { ...testParts, db: cloud.database.db, apply: async () => ({ kind: 'applied' as const }) };
  for (const [bootId, monoMs] of [
    ['a', 1],
    ['b', 1],
    ['a', 2],
  ] as const) {
    const hello = chain.hello();
    await ingestHello({ ...hello, at: { ...hello.at, bootId, monoMs } }, parts);
  }
  const shown = async () => {
    const { body } = await cloud.call('GET', '/api/fleet/devices?limit=500');
    return (body as { items: { device: string }[] }).items.find(({ device }) => device === 'quarantine-1');
  };
  expect(await shown()).toMatchObject({
    quarantine: { reason: expect.stringContaining('two machines') },
    hasSigningKey: false,
  });
  const release = () =>
    cloud.call('POST', '/api/fleet/devices/quarantine-1/release', { by: 'Noa', why: 'the old one is off' });
  expect((await release()).status).toBe(200);
  expect(await shown()).toMatchObject({ quarantine: null });
  expect((await release()).status).toBe(404);
});

test('how taking in goes is counted: what is parked and since when, forked, and what nobody has seen to', async () => {
  const state = async () =>
    (await cloud.call('GET', '/api/fleet/inbox')).body as {
      parked: { open: number; oldestAt: string };
      openAlarms: number;
    };
  const before = await state();
  const chain = new TestChain('counted-1');
  chain.add({ kind: 'crane.turned', body: null });
  await cloud.ingest(chain);
  const after = await state();
  expect(after).toMatchObject({ connected: true, discarded: 0, parked: { open: before.parked.open + 1 } });
  expect(after.openAlarms).toBe(before.openAlarms + 1);
  expect(Date.parse(after.parked.oldestAt)).toBeGreaterThan(0);
});
