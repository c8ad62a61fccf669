import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readXlsx } from 'hucre/xlsx';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFromDirectory } from './billing/rate-sheets/read-from-directory.ts';
import { sheetRow, workbookParts, zipOf } from './billing/rate-sheets/test-zip.ts';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { startTestCloud, TEST_API_KEY } from './test-cloud.ts';

const now = Date.parse('2026-06-15T09:00:00Z');
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
let farm: number;
beforeAll(async () => {
  cloud = await startTestCloud(now);
  farm = ((await cloud.call('POST', '/api/billing/providers', { name: 'Farm' })).body as { id: number }).id;
  await cloud.call('POST', '/api/billing/trucks', { id: 'RS-1', providerId: farm });
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

type Row = (string | number | null)[];
const workbook = (...rows: Row[]) =>
  zipOf(
    workbookParts([['Product', 'Rate', 'Scope'], ...rows].map((row, i) => sheetRow(i + 1, row)).join('')),
  );

/** Sends a file as a form. */
async function send(
  path: string,
  bytes: Buffer | string,
  fields: Record<string, string> = {},
  name = 'rates.xlsx',
) {
  const form = new FormData();
  form.set('file', new File([new Uint8Array(Buffer.from(bytes))], name));
  for (const [key, value] of Object.entries(fields)) form.set(key, value);
  const answer = await cloud.app.request(`/api/billing${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_API_KEY}` },
    body: form,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const get = (path: string) => cloud.call('GET', `/api/billing${path}`);
const holding = async () => (await get('/rates?format=json')).body as object[];
async function draftOf(bytes: Buffer | string, fields: Record<string, string> = {}, name?: string) {
  const { status, body } = await send('/rate-sheets/import', bytes, fields, name);
  expect(status, JSON.stringify(body)).toBe(201);
  const id = String(body.id);
  const shown = await get(`/rate-sheets/${id}`);
  return { id, etag: shown.headers.get('etag') ?? '', shown: shown.body as { changes: object[] } };
}
const publish = (id: string, etag: string) =>
  cloud.call('POST', `/api/billing/rate-sheets/${id}/publish`, undefined, { 'if-match': etag });

async function deliver(weighedOutAt: string, truck = 'RS-1'): Promise<void> {
  const chain = new TestChain();
  const visit = visitEntries({ truck, produce: 'apples', inKg: 15_000, outKg: 8_000, weighedOutAt });
  chain.add(visit.opened);
  chain.add(visit.closed);
  await cloud.ingest(chain);
}

test('a sheet is taken as the former system took it: its produce is registered, and the rates hold at once and before', async () => {
  await deliver('2026-06-10T08:00:00.000Z');
  const sheet = workbook(['apples', 5, 'ALL'], ['apples', 7, farm], ['grapes', 93.5, 'all']);
  expect(await send('/rates', sheet)).toMatchObject({
    status: 200,
    body: { message: 'Successfully uploaded 3 rates', changes: 3, newProduce: ['apples', 'grapes'] },
  });
  expect(await holding()).toEqual([
    { product_id: 'apples', rate: 7, scope: String(farm) },
    { product_id: 'apples', rate: 5, scope: 'ALL' },
    { product_id: 'grapes', rate: '93.5', scope: 'ALL' },
  ]);
  expect((await get(`/bill/${farm}`)).body).toMatchObject({ total: 49_000 });
});

test('the same sheet a second time changes nothing', async () => {
  const before = (await get('/rates/history?limit=500')).body;
  const sheet = workbook(['apples', 5, 'ALL'], ['apples', 7, farm], ['grapes', 93.5, 'all']);
  expect(await send('/rates', sheet)).toMatchObject({ status: 200, body: { changes: 0, newProduce: [] } });
  const { shown } = await draftOf(sheet);
  expect(shown.changes).toEqual([]);
  expect((await get('/rates/history?limit=500')).body).toEqual(before);
});

test('a sheet with one bad cell changes nothing, and every bad cell is named', async () => {
  const before = await holding();
  const bad = workbook(['apples', 6, 'ALL'], ['apples', -1, 4], [null, 'x', 'ALL']);
  for (const path of ['/rates', '/rate-sheets/import']) {
    const { status, body } = await send(path, bad);
    expect(status).toBe(400);
    expect(body.detail).toMatch(
      /^Error reading Excel file: 4 bad cells: C3 there is no provider 4; B3 -1 is below zero/,
    );
    expect((body.cells as { cell: string }[]).map(({ cell }) => cell)).toEqual(['C3', 'B3', 'A4', 'B4']);
  }
  expect(await holding()).toEqual(before);
});

test.each([
  ['a name that is no sheet', 'x', 'rates.txt', 'File must be Excel format'],
  ['no columns', 'A,B\n1,2\n', 'rates.csv', "Excel file must contain columns: ['Product', 'Rate', 'Scope']"],
  ['nothing below the header', 'Product,Rate,Scope\n', 'rates.csv', 'no rates below the header'],
  ['a broken workbook', 'PK', 'rates.xlsx', 'no zip file'],
])('a file with %s is refused with the words of the former system', async (_, bytes, name, words) => {
  const { status, body } = await send('/rates', bytes, {}, name);
  expect(status).toBe(400);
  expect(body.detail).toContain(`Error reading Excel file: `);
  expect(body.detail).toContain(words);
});

test('a form without a file is 422', async () => {
  const headers = { authorization: `Bearer ${TEST_API_KEY}` };
  const form = new FormData();
  form.set('other', 'x');
  for (const body of [form, undefined]) {
    const answer = await cloud.app.request('/api/billing/rates', {
      method: 'POST',
      headers,
      ...(body === undefined ? {} : { body }),
    });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(await answer.json())).toContain('"file"');
  }
});

test('a draft shows what it would change, and what it would do to unbilled deliveries; published, it is so, all at once', async () => {
  await deliver('2026-06-14T20:59:59.999Z');
  await deliver('2026-06-14T21:00:00.000Z');
  const csv = `Product;Rate;Scope;Unit\napples;5;ALL;\napples;7500;${farm};tonne\ngrapes;93.5;ALL;kg\n`;
  const { id, etag, shown } = await draftOf(csv, { takesEffect: '2026-06-15' }, 'rates.csv');
  const [old, begun] = [
    { ratePerKgMinor: '7', validFrom: null, validTo: '2026-06-14T21:00:00.000Z' },
    {
      ratePerKgMinor: '7.5',
      ratePerTonneMinor: '7500',
      validFrom: '2026-06-14T21:00:00.000Z',
      validTo: null,
    },
  ];
  expect(shown).toMatchObject({
    sheet: { state: 'draft', takesEffect: '2026-06-14T21:00:00.000Z' },
    changes: [
      { produce: 'apples', providerId: farm, before: [{ ...old, validTo: null }], after: [old, begun] },
    ],
  });
  expect(await get(`/rate-sheets/${id}/effect`)).toMatchObject({
    status: 200,
    body: {
      currency: 'ILS',
      providers: [
        {
          providerId: farm,
          name: 'Farm',
          // Three deliveries of 7,000 kg, of which one is weighed out at or after local midnight of the 15th.
          oldMinor: 147_000,
          newMinor: 98_000 + 52_500,
          produce: [
            { produce: 'apples', sessionCount: 3, netKg: 21_000, oldMinor: 147_000, newMinor: 150_500 },
          ],
        },
      ],
    },
  });
  expect((await get(`/bill/${farm}`)).body, 'a draft changes nothing').toMatchObject({ total: 147_000 });

  expect((await cloud.call('POST', `/api/billing/rate-sheets/${id}/publish`)).status).toBe(428);
  const published = await publish(id, etag);
  expect(published).toMatchObject({ status: 200, body: { sheet: { state: 'published' }, changes: [{}] } });
  expect((await get(`/bill/${farm}`)).body).toMatchObject({ total: 150_500 });
  expect((await publish(id, etag)).status, 'once').toBe(409);
});

test('a sheet is not published over rates that changed after its preview', async () => {
  const { id, etag } = await draftOf(workbook(['apples', 9, 'ALL']), { unnamed: 'keep' });
  await cloud.call('POST', '/api/billing/produce', { id: 'mango' });
  await cloud.call('POST', '/api/billing/rates', { produce: 'mango', ratePerTonneMinor: '1500' });
  expect((await publish(id, etag)).status).toBe(412);
  const { headers } = await get(`/rate-sheets/${id}`);
  expect((await publish(id, headers.get('etag') ?? '')).status).toBe(200);
  expect(await holding()).toContainEqual({ product_id: 'mango', rate: '1.5', scope: 'ALL' });
  expect(await holding()).toContainEqual({ product_id: 'apples', rate: 9, scope: 'ALL' });
});

test('a draft that was discarded is never published', async () => {
  const { id, etag } = await draftOf(workbook(['apples', 99, 'ALL']));
  expect((await cloud.call('POST', `/api/billing/rate-sheets/${id}/discard`)).status).toBe(200);
  expect((await publish(id, etag)).status).toBe(409);
  expect((await get(`/rate-sheets/${id}/effect`)).status).toBe(404);
});

test('a delivery that a sheet leaves without a rate is shown without an amount, not with zero', async () => {
  const { id } = await draftOf(workbook(['grapes', 93.5, 'ALL']), { takesEffect: '2026-06-01' });
  const { body } = await get(`/rate-sheets/${id}/effect`);
  expect(body).toMatchObject({ providers: [{ providerId: farm, oldMinor: 150_500, newMinor: null }] });
});

test('every rate is written as a workbook and as CSV that say the same again, and change nothing when they are read', async () => {
  for (const [format, name] of [
    ['xlsx', 'rates.xlsx'],
    ['csv', 'rates.csv'],
  ] as const) {
    const answer = await cloud.app.request(`/api/billing/rates?format=${format}`, {
      headers: { authorization: `Bearer ${TEST_API_KEY}` },
    });
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename=${name}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const { shown } = await draftOf(bytes, {}, name);
    expect(shown.changes, format).toEqual([]);
  }
});

test('without a format the rates that hold now come as a workbook with the three columns of the former system', async () => {
  const answer = await cloud.app.request('/api/billing/rates', {
    headers: { authorization: `Bearer ${TEST_API_KEY}` },
  });
  expect(answer.headers.get('content-type')).toBe(
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  );
  const { sheets } = await readXlsx(Buffer.from(await answer.arrayBuffer()));
  expect(sheets[0]?.name).toBe('Rates');
  expect(sheets[0]?.rows.slice(0, 2)).toEqual([
    ['Product', 'Rate', 'Scope'],
    ['apples', 7.5, farm],
  ]);
});

test('a rate row is never edited or deleted, by no statement', async () => {
  const { db } = cloud.database;
  const change = db.updateTable('rates').set({ rate_per_kg_minor: '1' }).execute();
  await expect(change).rejects.toThrow('a rate is never changed');
  await expect(db.deleteFrom('rates').execute()).rejects.toThrow();
  await expect(db.updateTable('rate_sheets').set({ rows: '[]' }).execute()).rejects.toThrow(
    'decided on once',
  );
});

test('a sheet is read from the folder for rates by its plain name, and from nowhere else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weighgate-rates-'));
  try {
    writeFileSync(join(folder, 'rates.csv'), 'Product,Rate,Scope\n');
    writeFileSync(join(folder, '.hidden.csv'), 'x');
    symlinkSync('/etc/passwd', join(folder, 'link.csv'));
    expect((await readFromDirectory(folder, 'rates.csv')).kind).toBe('file');
    for (const name of [
      '../rates.csv',
      '/etc/passwd',
      'a/../rates.csv',
      '.hidden.csv',
      'link.csv',
      'none.csv',
      '..',
      '.',
      'a\\b',
    ]) {
      expect(await readFromDirectory(folder, name), name).toEqual({
        kind: 'refused',
        reason: `File ${name} not found in ${folder} directory`,
      });
    }
    expect(await readFromDirectory(join(folder, 'rates.csv'), '..')).toMatchObject({ kind: 'refused' });
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(
    await cloud.call('POST', '/api/billing/rates/from-directory', { file: '../../etc/passwd' }),
  ).toMatchObject({
    status: 400,
    body: { detail: 'Error reading Excel file: File ../../etc/passwd not found in /in directory' },
  });
});

test('the same file under one key makes one draft', async () => {
  const form = () => {
    const data = new FormData();
    data.set('file', new File([new Uint8Array(workbook(['apples', 1, 'ALL']))], 'a.xlsx'));
    return data;
  };
  const ask = async () => {
    const headers = { authorization: `Bearer ${TEST_API_KEY}`, 'idempotency-key': 'one-sheet' };
    const answer = await cloud.app.request('/api/billing/rate-sheets/import', {
      method: 'POST',
      headers,
      body: form(),
    });
    return answer.json();
  };
  expect(await ask()).toEqual(await ask());
});
