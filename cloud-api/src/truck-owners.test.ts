import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { startTestCloud } from './test-cloud.ts';

const now = Date.parse('2026-06-15T09:00:00Z');
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
let [anna, beni] = [0, 0];
beforeAll(async () => {
  cloud = await startTestCloud(now);
  await cloud.call('POST', '/api/billing/produce', { id: 'orange' });
  await cloud.call('POST', '/api/billing/rates', { produce: 'orange', ratePerKgMinor: '1' });
  const add = async (name: string) =>
    ((await cloud.call('POST', '/api/billing/providers', { name })).body as { id: number }).id;
  [anna, beni] = [await add('Anna'), await add('Beni')];
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const register = (id: string, providerId: number, ownedFrom?: string) =>
  cloud.call('POST', '/api/billing/trucks', { id, providerId, ownedFrom });
const sell = (id: string, providerId: number, ownedFrom?: string) =>
  cloud.call('PUT', `/api/billing/trucks/${id}`, { providerId, ownedFrom }, { 'if-match': '*' });
const billed = async (id: number) => {
  const { body } = await cloud.call('GET', `/api/billing/bill/${id}?from=20260601000000`);
  const { lines } = body as { lines: { sessions: { id: string }[] }[] };
  return lines.flatMap(({ sessions }) => sessions.map((session) => session.id));
};

async function deliver(truck: string, weighedOutAt: string): Promise<string> {
  const chain = new TestChain();
  const visit = visitEntries({
    truck,
    produce: 'orange',
    inKg: 15_000,
    outKg: 8_000,
    weighedInAt: '2026-06-01T00:00:00.000Z',
    weighedOutAt,
  });
  chain.add(visit.opened);
  chain.add(visit.closed);
  await cloud.ingest(chain);
  return visit.sessionId;
}

test('a delivery is of who owned the truck when it was weighed out, to the millisecond', async () => {
  await register('OW-1', anna);
  await sell('OW-1', beni, '2026-06-10T00:00:00+03:00');
  const before = await deliver('OW-1', '2026-06-09T20:59:59.999Z');
  const after = await deliver('ow 1', '2026-06-09T21:00:00.000Z');
  expect([await billed(anna), await billed(beni)]).toEqual([[before], [after]]);
  expect((await cloud.call('GET', '/api/billing/trucks/OW-1')).body).toEqual({
    id: 'OW-1',
    providerId: beni,
    otherPlates: [],
    owners: [
      { providerId: anna, validFrom: null, validTo: '2026-06-09T21:00:00.000Z' },
      { providerId: beni, validFrom: '2026-06-09T21:00:00.000Z', validTo: null },
    ],
  });
});

test('a delivery that was posted while the truck had an owner keeps them, whatever is said of the past later', async () => {
  await register('OW-2', anna);
  const posted = await deliver('OW-2', '2026-06-08T10:00:00.000Z');
  await sell('OW-2', beni, '2026-06-08T00:00:00Z');
  const later = await deliver('OW-2', '2026-06-08T11:00:00.000Z');
  expect(await billed(anna)).toContain(posted);
  expect(await billed(beni)).toContain(later);
  expect(await billed(beni)).not.toContain(posted);
});

test('a truck that had no owner when it delivered gets the one it turns out to have had then', async () => {
  const early = await deliver('OW-3', '2026-06-03T10:00:00.000Z');
  const late = await deliver('OW-3', '2026-06-05T10:00:00.000Z');
  await register('OW-3', anna, '2026-06-04T00:00:00Z');
  expect(await billed(anna)).toContain(late);
  expect(await billed(anna)).not.toContain(early);
  const unbilled = (await cloud.call('GET', '/api/billing/unbilled')).body as { blocked: object[] };
  expect(unbilled.blocked).toContainEqual(expect.objectContaining({ sessionId: early, reason: 'no_owner' }));
  await sell('OW-3', beni, '2026-06-01T00:00:00Z');
  expect(await billed(beni)).toContain(early);
  expect(await billed(anna)).toContain(late);
});

test('an owner to come is told to the devices with the day, and ends where the next one begins', async () => {
  await register('OW-4', anna);
  await sell('OW-4', beni, '2026-08-01T00:00:00Z');
  await sell('OW-4', beni, '2026-07-01T00:00:00Z');
  await sell('OW-4', anna, '2026-07-15T00:00:00Z');
  expect((await cloud.call('GET', '/api/billing/trucks/OW-4')).body).toMatchObject({
    providerId: anna,
    owners: [
      { providerId: anna, validTo: '2026-07-01T00:00:00.000Z' },
      { providerId: beni, validTo: '2026-07-15T00:00:00.000Z' },
      { providerId: anna, validTo: '2026-08-01T00:00:00.000Z' },
      { providerId: beni, validTo: null },
    ],
  });
  const { rows } = await cloud.database.pool.query<{ body: string }>(
    `select body from master_data_changes where entity = 'truck' and row_id = 'OW4' order by revision desc limit 1`,
  );
  expect(JSON.parse(rows[0]?.body ?? '')).toMatchObject({
    providerId: anna,
    laterOwners: [
      { providerId: beni, validFrom: '2026-07-01T00:00:00.000Z' },
      { providerId: anna, validFrom: '2026-07-15T00:00:00.000Z' },
      { providerId: beni, validFrom: '2026-08-01T00:00:00.000Z' },
    ],
  });
});

test('a truck never has two owners at one time, nor is what was said of it ever altered', async () => {
  await register('OW-5', anna);
  const { pool } = cloud.database;
  await expect(
    pool.query(
      `insert into truck_owners (truck_key, provider_id, valid_from) values ('OW5', ${beni}, now())`,
    ),
  ).rejects.toThrow(/a_truck_has_one_owner_at_a_time/);
  for (const statement of [
    'update truck_owner_changes set said_by = $$x$$',
    'delete from truck_owner_changes',
  ]) {
    await expect(pool.query(statement)).rejects.toThrow(/append-only/);
  }
  const said = await pool.query(
    `select provider_id, owned_from, said_by from truck_owner_changes where truck_key = 'OW5'`,
  );
  expect(said.rows).toEqual([{ provider_id: anna, owned_from: null, said_by: 'test' }]);
});

test('a hundred changes of one owner at once leave ranges that neither overlap nor leave a gap', async () => {
  await register('OW-6', anna);
  const days = Array.from({ length: 100 }, (_, i) => ({ day: (i * 37) % 100, owner: i % 2 ? anna : beni }));
  await Promise.all(
    days.map(({ day, owner }) => sell('OW-6', owner, new Date(Date.UTC(2026, 6, 1 + day)).toISOString())),
  );
  const { body } = await cloud.call('GET', '/api/billing/trucks/OW-6');
  const { owners } = body as { owners: { validFrom: string | null; validTo: string | null }[] };
  expect(owners[0]?.validFrom).toBeNull();
  expect(owners.at(-1)?.validTo).toBeNull();
  for (const [i, { validTo }] of owners.slice(0, -1).entries())
    expect(owners[i + 1]?.validFrom).toBe(validTo);
}, 20_000);
