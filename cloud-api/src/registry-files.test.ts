import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestCloud, TEST_API_KEY } from './test-cloud.ts';

type Cloud = Awaited<ReturnType<typeof startTestCloud>>;
let cloud: Cloud;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

interface Answer {
  added: number;
  changed: number;
  unchanged: number;
  changes: { line: number; kind: string; what: string }[];
  bad: { line: number; column: string | null; reason: string }[];
  detail: string;
  errors: { path: string; message: string }[];
}
const base = (kind: string) => (kind === 'containers' ? '/api/weight/containers' : `/api/billing/${kind}`);
async function importCsv(kind: string, csv: string | Buffer, query = '') {
  const answer = await cloud.app.request(`${base(kind)}/import${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_API_KEY}`, 'content-type': 'text/csv' },
    body: typeof csv === 'string' ? csv : new Uint8Array(csv),
  });
  return { status: answer.status, body: (await answer.json()) as Answer };
}
async function done(kind: string, csv: string | Buffer, query = '') {
  const { status, body } = await importCsv(kind, csv, query);
  expect(status, JSON.stringify(body)).toBe(200);
  const { added, changed, unchanged } = body;
  return { added, changed, unchanged };
}
async function exported(kind: string) {
  const answer = await cloud.app.request(`${base(kind)}.csv`, {
    headers: { authorization: `Bearer ${TEST_API_KEY}` },
  });
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}
const revision = async () =>
  (await cloud.database.db.selectFrom('master_data_head').select('revision').executeTakeFirstOrThrow())
    .revision;
async function idOf(name: string) {
  const row = await cloud.database.db
    .selectFrom('providers')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return row.id;
}
async function valuesOf(kind: string) {
  const { body } = await cloud.call('GET', `${base(kind)}?limit=500`);
  return (body as { items: Record<string, unknown>[] }).items;
}

const hostileNames = [
  '=1+1',
  '+972 Farms',
  '-Minus-',
  '@SUM(A1)',
  "'quoted'",
  "'=1",
  '＝full width',
  'Gan, Shmuel; "Sons"',
  'זית 🫒',
  'فلاح',
];
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

describe('a file that was imported', () => {
  test('adds what is new, and the same file again changes nothing and gives no revision', async () => {
    const csv = 'name\r\nEin Shemer\r\nGan Yavne\r\n';
    expect(await done('providers', csv)).toEqual({ added: 2, changed: 0, unchanged: 0 });
    const before = await revision();
    expect(await done('providers', csv)).toEqual({ added: 0, changed: 0, unchanged: 2 });
    expect(await revision()).toBe(before);
  });

  test('names no formula in its export, and every name comes back as it was', async () => {
    const csv = ['name', ...hostileNames.map((name) => quoted(name.replace(/^'=/, "''=")))].join('\n');
    expect(await done('providers', csv)).toMatchObject({ added: hostileNames.length });
    const names = (await valuesOf('providers')).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(hostileNames));
    const file = await exported('providers');
    for (const line of file.toString('utf8').split('\r\n').slice(1, -1))
      expect(line).toMatch(/^\d+,"?[^"=+\-@＝]/u);
  });

  test('changes what it says otherwise, and names both in the preview that comes before', async () => {
    const id = await idOf('Ein Shemer');
    const csv = `status;id;name\nrevoked;${id};Ein Shemer Ltd\n;;Gan Yavne\n;;New Farm\n`;
    const preview = await importCsv('providers', csv, '?dryRun=true');
    expect(preview.body).toMatchObject({
      dryRun: true,
      added: 1,
      changed: 1,
      unchanged: 1,
      bad: [],
      changes: [
        {
          line: 2,
          kind: 'changed',
          what: `provider ${id}: "Ein Shemer", active becomes "Ein Shemer Ltd", revoked`,
        },
        { line: 4, kind: 'added', what: 'provider "New Farm"' },
      ],
    });
    expect((await cloud.call('GET', `/api/billing/providers/${id}`)).body).toMatchObject({
      name: 'Ein Shemer',
    });
    expect(await done('providers', csv)).toEqual({ added: 1, changed: 1, unchanged: 1 });
    expect((await cloud.call('GET', `/api/billing/providers/${id}`)).body).toEqual({
      id,
      name: 'Ein Shemer Ltd',
      status: 'revoked',
    });
    expect(await done('providers', csv)).toEqual({ added: 0, changed: 0, unchanged: 3 });
  });

  test('gives a new truck to its provider from the beginning, and a known one from now on', async () => {
    const [one, other] = [await idOf('Gan Yavne'), await idOf('New Farm')];
    expect(await done('trucks', `providerId,id\n${one},77-421-03\n${one},ב 204\n`)).toMatchObject({
      added: 2,
    });
    expect(await done('trucks', `id,providerId\n7742103,${other}\nב-204,\n`)).toEqual({
      added: 0,
      changed: 1,
      unchanged: 1,
    });
    const { body } = await cloud.call('GET', '/api/billing/trucks/77-421-03');
    expect(body).toMatchObject({
      id: '77-421-03',
      providerId: other,
      owners: [
        { providerId: one, validFrom: null },
        { providerId: other, validTo: null },
      ],
    });
  });

  test('keeps the tare that earlier weighings had', async () => {
    expect(await done('containers', 'id,tareKg\nC-1,250.5\nC-2,0\n')).toMatchObject({ added: 2 });
    expect(await done('containers', 'id,tareKg\nC-1,251\nC-2,0.000\n')).toEqual({
      added: 0,
      changed: 1,
      unchanged: 1,
    });
    const tares = await cloud.database.db
      .selectFrom('container_tares')
      .select('tare_g')
      .where('container', '=', 'C-1')
      .orderBy('valid_from')
      .execute();
    expect(tares.map(({ tare_g }) => tare_g)).toEqual([250_500, 251_000]);
  });

  test('is in the audit, row by row, by who sent it', async () => {
    await done('produce', 'id\nclementine\n');
    const { body } = await cloud.call('GET', '/api/audit/entries?action=produce.added&limit=500');
    expect(JSON.stringify(body)).toContain('clementine');
  });
});

test.each(['providers', 'trucks', 'containers', 'produce'])(
  'an export of %s that is imported changes nothing',
  async (kind) => {
    const file = await exported(kind);
    const rows = file.toString('utf8').trimEnd().split('\r\n').length - 1;
    expect(rows).toBeGreaterThan(0);
    const before = await revision();
    expect(await done(kind, file)).toEqual({ added: 0, changed: 0, unchanged: rows });
    expect(await revision()).toBe(before);
  },
);

describe('a file with a bad row', () => {
  test('is refused whole, and every bad row is named by line and column', async () => {
    const taken = await idOf('Gan Yavne');
    const csv = [
      'id,name,status',
      ',Good Farm,',
      ',"",active',
      '99999,Nobody,',
      `,"two${'\r\n'}lines",`,
      ',Bad State,gone',
      ',good farm,',
      `${await idOf('New Farm')},Gan Yavne,`,
      ',Short',
      'x,Text id,',
    ].join('\r\n');
    const before = await revision();
    const { status, body } = await importCsv('providers', csv);
    expect(status).toBe(422);
    expect(body.errors).toEqual([
      { path: 'line 3, name', message: 'must not be empty' },
      { path: 'line 4, id', message: 'there is no provider 99999; leave the id empty for a new one' },
      { path: 'line 5, name', message: 'must be one line of readable text' },
      { path: 'line 7, status', message: 'must be active, revoked or empty' },
      { path: 'line 8, name', message: 'is the same provider as in line 2' },
      { path: 'line 9, name', message: `is the name of provider ${taken} already` },
      { path: 'line 10', message: 'it has 2 cells, and the header has 3' },
      { path: 'line 11, id', message: 'is not the id of a provider' },
    ]);
    expect(await revision()).toBe(before);
    expect((await valuesOf('providers')).map(({ name }) => name)).not.toContain('Good Farm');
    const preview = await importCsv('providers', csv, '?dryRun=true');
    expect(preview).toMatchObject({ status: 200, body: { added: 1 } });
    expect(preview.body.bad).toHaveLength(8);
  });

  test.each([
    ['trucks', 'id,providerId\n77-999-01,\n', 'line 2, providerId'],
    ['trucks', 'id,providerId\n77-999-01,424242\n', 'line 2, providerId'],
    ['trucks', 'id,providerId\n<script>,1\n', 'line 2, id'],
    ['trucks', 'id,providerId\n77-421-03,\n7742103,\n', 'line 3, id'],
    ['containers', 'id,tareKg\nC 9,1\n', 'line 2, id'],
    ['containers', 'id,tareKg\nC-9,\n', 'line 2, tareKg'],
    ['containers', 'id,tareKg\nC-9,-1\n', 'line 2, tareKg'],
    ['containers', 'id;tareKg\nC-9;1,5\n', 'line 2, tareKg'],
    ['containers', 'id,tareKg\nC-9,1.0005\n', 'line 2, tareKg'],
    ['containers', 'id,tareKg\nC-9,10000001\n', 'line 2, tareKg'],
    ['containers', 'id,tareKg\nC-9,1\nC-9,2\n', 'line 3, id'],
    ['produce', 'id\n<b>\n', 'line 2, id'],
    ['produce', 'id\nClementine\n', 'line 2, id'],
    ['produce', 'id\nlemon\nLemon\n', 'line 3, id'],
  ])('of %s: %j is refused at %s', async (kind, csv, path) => {
    const { status, body } = await importCsv(kind, csv);
    expect([status, body.errors?.map((one) => one.path)]).toEqual([422, [path]]);
  });
});

describe('a file is refused whole, with the reason,', () => {
  test.each([
    ['without a header', '', 'its first line is empty'],
    ['with a column that nobody knows', 'name,colour\nA,red\n', 'a column "colour"'],
    ['with a column twice', 'name,Name\nA,B\n', 'the column "name" twice'],
    ['without a column it needs', 'id\n1\n', 'it has no column "name"'],
    ['in the code page of a machine', Buffer.from([0x6e, 0x61, 0x6d, 0x65, 0x0a, 0xe9]), 'not in UTF-8'],
    ['with too many rows', `name\n${'x\n'.repeat(5_001)}`, 'more than 5000 rows'],
    ['with a quote left open', 'name\n"A\n', 'cannot be read as CSV'],
  ])('%s', async (_, csv, reason) => {
    const { status, body } = await importCsv('providers', csv);
    expect([status, body.detail]).toEqual([422, expect.stringContaining(reason)]);
  });

  test('and so is one of more than 10 MiB, and a form without a file', async () => {
    expect((await importCsv('providers', `name\n${'x'.repeat(11 * 1024 * 1024)}`)).status).toBe(413);
    const headers = { authorization: `Bearer ${TEST_API_KEY}` };
    const form = (body: FormData) =>
      cloud.app.request('/api/billing/produce/import', { method: 'POST', headers, body });
    expect((await form(new FormData())).status).toBe(422);
    const whole = new FormData();
    whole.set('file', new File(['\ufeffid\r\npomelo\r\n'], 'produce.csv'));
    expect(await (await form(whole)).json()).toMatchObject({ added: 1 });
  });
});

test('500 trucks are imported at once, and again without a change', async () => {
  const owner = await idOf('Gan Yavne');
  const plates = Array.from({ length: 500 }, (_, index) => `T-${index}`);
  const csv = ['id,providerId', ...plates.map((plate) => `${plate},${owner}`)].join('\n');
  expect(await done('trucks', csv)).toMatchObject({ added: 500 });
  expect(await done('trucks', csv)).toEqual({ added: 0, changed: 0, unchanged: 500 });
}, 300_000);
