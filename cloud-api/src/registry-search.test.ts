import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
const ids = new Map<string, number>();
const names = [
  'Kibbutz Gan Shmuel',
  'Gan Yavne',
  'פרדס חנה בע"מ',
  'مزارع الفلاح',
  '100% Citrus',
  'Shmuel & Sons',
  '_under_',
];
const plates = ['77-421-03', '77-421-08', 'ב 204', '12 345 67'];

beforeAll(async () => {
  cloud = await startTestCloud();
  for (const name of names) {
    const { body } = await cloud.call('POST', '/api/billing/providers', { name });
    ids.set(name, (body as { id: number }).id);
  }
  for (const id of plates) {
    await cloud.call('POST', '/api/billing/trucks', { id, providerId: ids.get('Gan Yavne') });
  }
  for (const id of ['C-35434', 'C-73281', 'K-8263']) {
    await cloud.call('POST', '/api/weight/containers', { id, tareKg: 250 });
  }
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

async function found(path: string, field: 'id' | 'name' = 'id') {
  const { status, body } = await cloud.call('GET', path);
  expect(status, JSON.stringify(body)).toBe(200);
  return (body as { items: Record<string, unknown>[] }).items.map((item) => item[field]);
}
const providers = (search: string) =>
  found(`/api/billing/providers?search=${encodeURIComponent(search)}`, 'name');
const trucks = (search: string) => found(`/api/billing/trucks?search=${encodeURIComponent(search)}`);

describe('a provider is found', () => {
  test.each([
    ['by part of the name', 'muel', ['Kibbutz Gan Shmuel', 'Shmuel & Sons']],
    ['in any case, the one that begins so first', 'SHMUEL', ['Shmuel & Sons', 'Kibbutz Gan Shmuel']],
    ['by the beginnings of its words in any order', 'shm kib', ['Kibbutz Gan Shmuel']],
    ['by two letters that a word begins with', 'ga', ['Gan Yavne', 'Kibbutz Gan Shmuel']],
    ['in Hebrew, by part of a word', 'רדס', ['פרדס חנה בע"מ']],
    ['in Hebrew, by its words', 'חנה פרדס', ['פרדס חנה בע"מ']],
    ['in Arabic, by part of a word', 'فلا', ['مزارع الفلاح']],
    ['though a letter is missing', 'kibutz', ['Kibbutz Gan Shmuel']],
    ['by a per cent sign, which stands for itself', '100%', ['100% Citrus']],
    ['by an underscore, which stands for itself', '_under', ['_under_']],
  ])('%s: %s', async (_, search, expected) => {
    expect(await providers(search)).toEqual(expected);
  });

  test('and what fits nobody finds nobody', async () => {
    for (const search of ['zzz', '%%%', '___', "'; drop table providers; --", '&|!', '\\']) {
      expect(await providers(search), search).toEqual([]);
    }
    expect((await cloud.call('GET', '/api/billing/providers?search=')).status).toBe(422);
  });
});

test('pages of a search follow each other without a gap, the best first', async () => {
  const all: unknown[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? '' : `&cursor=${cursor}`;
    const { body } = await cloud.call('GET', `/api/billing/providers?search=gan&limit=1${next}`);
    const page = body as { items: { name: string }[]; nextCursor: string | null };
    all.push(...page.items.map(({ name }) => name));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(all).toEqual(['Gan Yavne', 'Kibbutz Gan Shmuel']);
});

describe('a truck is found', () => {
  test.each([
    ['7-421', ['77-421-03', '77-421-08']],
    ['421 08', ['77-421-08']],
    ['12-345', ['12 345 67']],
    ['ב-204', ['ב 204']],
    ['77', ['77-421-03', '77-421-08']],
    ['%', []],
  ])('by part of its plate, typed in any way: %s', async (search, expected) => {
    expect(await trucks(search)).toEqual(expected);
  });

  test('by another plate that stands for it', async () => {
    const { db } = cloud.database;
    await db
      .insertInto('trucks')
      .values({ id: 'OLD-9', truck_key: 'OLD9', alias_of: '7742103', created_at: '2026-01-01T00:00:00Z' })
      .execute();
    expect(await trucks('old9')).toEqual(['77-421-03']);
    expect((await cloud.call('GET', '/api/billing/trucks/old-9')).body).toMatchObject({
      id: '77-421-03',
      otherPlates: ['OLD-9'],
    });
  });

  test('by its owner', async () => {
    expect(await found(`/api/billing/trucks?providerId=${ids.get('Gan Yavne')}`)).toHaveLength(4);
    expect(await found(`/api/billing/trucks?providerId=${ids.get('100% Citrus')}`)).toEqual([]);
  });
});

test('containers and produce are found by part of an id', async () => {
  expect(await found('/api/weight/containers?search=c-7')).toEqual(['C-73281']);
  await cloud.call('POST', '/api/billing/produce', { id: 'Navel orange' });
  expect(await found('/api/billing/produce?search=orang')).toEqual(['Navel orange']);
});

test('sessions are found by the number of either ticket, and by provider, whoever owns the truck now', async () => {
  const [first, second] = [ids.get('Gan Yavne'), ids.get('Shmuel & Sons')];
  const chain = new TestChain();
  const visit = visitEntries({
    truck: '77-421-08',
    produce: null,
    inKg: 15_000,
    outKg: 8_000,
    weighedOutAt: '2026-05-10T08:00:00.000Z',
  });
  chain.add(visit.opened);
  chain.add(visit.closed);
  await cloud.ingest(chain);
  const everything = await cloud.call('GET', `/api/weight/session/${visit.sessionId}`);
  const { firstTicketNo, secondTicketNo } = everything.body as Record<string, string>;
  for (const number of [firstTicketNo, secondTicketNo]) {
    expect(await found(`/api/weight/sessions?ticketNo=${number}`)).toEqual([visit.sessionId]);
  }
  await cloud.call(
    'PUT',
    '/api/billing/trucks/77-421-08',
    { providerId: second, ownedFrom: '2026-01-01T00:00:00Z' },
    { 'if-match': '*' },
  );
  expect(await found(`/api/weight/sessions?providerId=${first}`)).toEqual([visit.sessionId]);
  expect(await found(`/api/weight/sessions?providerId=${second}`)).toEqual([]);
});
