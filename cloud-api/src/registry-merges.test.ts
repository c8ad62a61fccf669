import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { billingOn, july } from './test-billing.ts';
import { startTestCloud } from './test-cloud.ts';

const now = Date.parse('2026-07-02T09:00:00Z');
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
let billing: ReturnType<typeof billingOn>;
beforeAll(async () => {
  cloud = await startTestCloud(now);
  billing = billingOn(cloud, now);
  await billing.prepare();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const mergeProvider = (id: number, into: number, reason = 'registered twice') =>
  cloud.call('POST', `/api/billing/providers/${id}/merge`, { into, reason });
const mergeTruck = (id: string, into: string, reason = 'a plate typed wrongly') =>
  cloud.call('POST', `/api/billing/trucks/${id}/merge`, { into, reason });
const read = async (sql: string) =>
  (await cloud.database.pool.query<{ body?: string | null; session_id?: string }>(sql)).rows;
const lastRow = async (entity: string, id: string) => {
  const [row] = await read(
    `select body from master_data_changes where entity = '${entity}' and row_id = '${id}' order by revision desc limit 1`,
  );
  return row?.body === null ? null : (JSON.parse(String(row?.body)) as unknown);
};

describe('two providers that are one', () => {
  test('what is not billed goes on the bill of the one that stays, and nothing that was written changes', async () => {
    const [old, kept] = [await billing.newProvider('Hadar'), await billing.newProvider('Hadar Ltd')];
    const before = await billing.deliver({ truck: old.truck });
    const billed = await billing.issue(old.id);
    const late = await billing.deliver({ truck: old.truck, weighedOutAt: '2026-06-20T08:00:00.000Z' });
    const next = await billing.deliver({ truck: old.truck, weighedOutAt: '2026-07-01T08:00:00.000Z' });
    const history = () =>
      read(`select 'l', id::text, provider_id from ledger_entries union all
        select 'o', truck_key, provider_id from truck_owners union all
        select 'b', hash, provider_id from bills order by 1, 2`);
    const written = await history();

    expect(await mergeProvider(old.id, kept.id)).toMatchObject({ status: 200, body: { id: kept.id } });
    expect(await history()).toEqual(written);
    const after = await billing.deliver({ truck: old.truck, weighedOutAt: '2026-07-02T08:00:00.000Z' });
    const bill = await billing.issue(kept.id, july);
    expect(bill.seller).toMatchObject({ providerId: kept.id, name: 'Hadar Ltd' });
    const onBill = await read(
      `select session_id from bill_sessions where bill_id = '${bill.id}' order by position`,
    );
    expect(onBill.map((row) => row.session_id).toSorted()).toEqual([late, next, after].toSorted());
    const onOld = await read(`select session_id from bill_sessions where bill_id = '${billed.id}'`);
    expect(onOld).toEqual([{ session_id: before }]);
    expect(billed.seller).toMatchObject({ providerId: old.id, name: 'Hadar' });
  });

  test('the id keeps standing for the one that stays, and the devices are told', async () => {
    const [old, kept] = [await billing.newProvider(), await billing.newProvider()];
    const session = await billing.deliver({ truck: old.truck });
    await mergeProvider(old.id, kept.id);
    expect((await cloud.call('GET', `/api/billing/providers/${old.id}`)).body).toMatchObject({ id: kept.id });
    expect((await cloud.call('GET', `/api/weight/sessions?providerId=${old.id}`)).body).toMatchObject({
      items: [{ id: session }],
    });
    expect((await cloud.call('GET', `/api/billing/trucks/${old.truck}`)).body).toMatchObject({
      providerId: kept.id,
    });
    const added = await cloud.call('POST', '/api/billing/trucks', { id: `N-${old.id}`, providerId: old.id });
    expect(added).toMatchObject({ status: 201, body: { providerId: kept.id } });
    expect(await lastRow('provider', String(old.id))).toBeNull();
    expect(await lastRow('truck', `T${old.id}`)).toMatchObject({ providerId: kept.id });
    const put = await cloud.call(
      'PUT',
      `/api/billing/providers/${old.id}`,
      { name: 'X' },
      { 'if-match': '*' },
    );
    expect(put).toMatchObject({ status: 409, body: { type: '/problems/provider-merged' } });
    const { items } = (await cloud.call('GET', '/api/billing/providers?limit=500')).body as {
      items: { id: number }[];
    };
    expect(items.map(({ id }) => id)).toContain(kept.id);
    expect(items.map(({ id }) => id)).not.toContain(old.id);
  });

  test('are merged once however often it is said, in a chain as well, and never in a circle', async () => {
    const [a, b, c] = [await billing.newProvider(), await billing.newProvider(), await billing.newProvider()];
    const answers = await Promise.all([1, 2, 3].map(() => mergeProvider(a.id, b.id)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await mergeProvider(b.id, a.id)).toMatchObject({ status: 409 });
    expect(await mergeProvider(a.id, c.id)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining(`${b.id} now`) },
    });
    expect((await mergeProvider(b.id, c.id)).status).toBe(200);
    expect((await cloud.call('GET', `/api/billing/providers/${a.id}`)).body).toMatchObject({ id: c.id });
    expect(
      await read(
        `select merged, into_one, reason from registry_merges where merged in ('${a.id}', '${b.id}') order by 1`,
      ),
    ).toEqual([
      { merged: String(a.id), into_one: String(b.id), reason: 'registered twice' },
      { merged: String(b.id), into_one: String(c.id), reason: 'registered twice' },
    ]);
    await expect(cloud.database.pool.query('delete from registry_merges')).rejects.toThrow(/append-only/);
  });

  test('with bills of one time are refused, and the bills are named; with bills of different times they are not', async () => {
    const [a, b, c] = [await billing.newProvider(), await billing.newProvider(), await billing.newProvider()];
    const bills = [];
    for (const { id, truck } of [a, b]) {
      await billing.deliver({ truck });
      bills.push(await billing.issue(id));
    }
    const refused = await mergeProvider(a.id, b.id);
    expect(refused).toMatchObject({ status: 409, body: { type: '/problems/bills-contradict' } });
    for (const { numberText } of bills) expect(JSON.stringify(refused.body)).toContain(numberText);
    expect((await cloud.call('GET', `/api/billing/providers/${a.id}`)).body).toMatchObject({ id: a.id });
    await billing.deliver({ truck: c.truck, weighedOutAt: '2026-07-01T08:00:00.000Z' });
    await billing.issue(c.id, july);
    expect((await mergeProvider(c.id, a.id)).status).toBe(200);
  });

  test('need a reason, and to be two that are there', async () => {
    const { id } = await billing.newProvider();
    expect((await mergeProvider(id, id)).status).toBe(422);
    expect((await mergeProvider(id, 99_999)).status).toBe(404);
    expect((await mergeProvider(id, 10_001, '')).status).toBe(422);
  });
});

describe('two trucks that are one', () => {
  test('are the one that stays: both plates stand for it, and each delivery keeps what it has written down', async () => {
    const { id, truck } = await billing.newProvider();
    await cloud.call('POST', '/api/billing/trucks', { id: `Typo ${id}`, providerId: id });
    const session = await billing.deliver({ truck: `Typo-${id}` });
    expect(await mergeTruck(`typo ${id}`, truck)).toMatchObject({
      status: 200,
      body: { id: truck, otherPlates: [`Typo ${id}`] },
    });
    expect((await mergeTruck(`typo ${id}`, truck)).status).toBe(200);
    expect((await cloud.call('GET', `/api/billing/trucks/typo-${id}`)).body).toMatchObject({ id: truck });
    expect(await lastRow('truck', `TYPO${id}`)).toMatchObject({ aliasOf: truck, providerId: id });
    const other = await billing.newProvider();
    await cloud.call('PUT', `/api/billing/trucks/TYPO${id}`, { providerId: other.id }, { 'if-match': '*' });
    expect((await cloud.call('GET', `/api/billing/trucks/${truck}`)).body).toMatchObject({
      providerId: other.id,
    });
    expect((await cloud.call('GET', `/api/weight/session/${session}`)).body).toMatchObject({
      truck: `Typo-${id}`,
    });
    expect(await read(`select provider_id from ledger_entries where session_id = '${session}'`)).toEqual([
      { provider_id: id },
    ]);
  });

  test('that had different owners at one time are refused', async () => {
    const [a, b] = [await billing.newProvider(), await billing.newProvider()];
    expect(await mergeTruck(a.truck, b.truck)).toMatchObject({
      status: 409,
      body: { type: '/problems/owners-differ' },
    });
    await cloud.call('POST', '/api/billing/trucks', {
      id: `HALF-${a.id}`,
      providerId: a.id,
      ownedFrom: '2026-06-15T00:00:00Z',
    });
    expect((await mergeTruck(a.truck, `HALF-${a.id}`)).status).toBe(409);
    expect((await mergeTruck(`HALF-${a.id}`, a.truck)).status).toBe(200);
    expect((await mergeTruck('NOBODY', a.truck)).status).toBe(404);
  });
});
