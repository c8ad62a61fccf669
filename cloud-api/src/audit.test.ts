import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditGenesisHash } from './audit/genesis.ts';
import { recordChange, theCloud } from './audit/record-change.ts';
import { sealSchema } from './audit/seal.ts';
import { type ChainRow, verifyAudit } from './audit/verify-audit.ts';
import { doerNameOf } from './http/doer.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud } from './test-cloud.ts';
import { verifyCommand } from './verify-command.ts';

interface Found {
  seq: number;
  action: string;
  actor: { kind: string; name: string };
  subject: { kind: string; id: string };
  why: string | null;
  requestId: string | null;
}
interface Page {
  items: Found[];
  nextCursor: string | null;
}

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
const folder = mkdtempSync(join(tmpdir(), 'weighgate-audit-'));
beforeAll(async () => {
  cloud = await startTestCloud();
  for (let n = 1; n <= 7; n += 1) {
    await recordChange(
      cloud.database.db,
      {
        by: theCloud,
        action: n % 2 === 0 ? 'truck.changed' : 'truck.added',
        subject: { kind: 'truck', id: `=TR${n}` },
        before: null,
        after: { plate: `=TR${n}`, note: 'a "word", and\na line' },
        why: n === 3 ? 'because' : undefined,
      },
      testParts,
    );
  }
}, 60_000);
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const pageOf = async (query: string) => (await cloud.call('GET', `/api/audit/entries?${query}`)).body as Page;

test('entries are listed newest first, in pages that neither skip nor repeat', async () => {
  const seqs: number[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { items, nextCursor }: Page = await pageOf(`limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
    seqs.push(...items.map(({ seq }) => seq));
    cursor = nextCursor;
  }
  expect(seqs.length).toBeGreaterThanOrEqual(8);
  expect(seqs).toEqual(seqs.toSorted((a, b) => b - a));
  expect(new Set(seqs).size).toBe(seqs.length);
});

test('they are found by what, whom, about what, when, and in which request', async () => {
  expect((await pageOf('action=truck.changed')).items).toHaveLength(3);
  const truck = await pageOf('subjectKind=truck&subjectId=%3DTR3');
  expect(truck.items).toMatchObject([{ subject: { kind: 'truck', id: '=TR3' }, why: 'because' }]);
  const nothing = { items: [], nextCursor: null };
  expect(await pageOf('actorId=nobody')).toEqual(nothing);
  expect(await pageOf('to=1999-01-01T00:00:00Z')).toEqual(nothing);
  await cloud.call(
    'POST',
    '/api/auth/users',
    { name: 'Asked Once', role: 'viewer' },
    { 'x-request-id': 'asked-once-1' },
  );
  const asked = await pageOf('requestId=asked-once-1');
  expect(asked.items).toMatchObject([{ action: 'account.user_added', actor: { kind: 'key', name: 'test' } }]);
});

test('an export with the seal is verified without the database, and a changed line is named', async () => {
  const seal = sealSchema.parse((await cloud.call('GET', '/api/audit/seal')).body);
  const exported = (await cloud.call('GET', '/api/audit/export')).body as string;
  const rows = exported
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ChainRow);
  const evidence = { seals: [seal], publicKeys: [cloud.cloudKey.publicKey], head: null, unchained: [] };
  const genesisHash = auditGenesisHash;
  expect(await verifyAudit({ ...evidence, rows, genesisHash })).toMatchObject({
    entries: rows.length,
    faults: [],
  });
  const bad = rows.map((row) => (row.seq === 5 ? { ...row, text: `${row.text} ` } : row));
  const without = rows.slice(0, -1);
  expect((await verifyAudit({ ...evidence, rows: bad, genesisHash })).faults[0]).toMatch(/^entry 5 /);
  expect((await verifyAudit({ ...evidence, rows: without, genesisHash })).faults[0]).toMatch(/is missing/);
});

test('in CSV a cell is one cell, and never a formula', async () => {
  const csv = (await cloud.call('GET', '/api/audit/export?format=csv')).body as string;
  const [header = ''] = csv.split('\r\n');
  expect(header.split(',')).toContain('subject_id');
  expect(csv).toContain(",truck,'=TR3,");
  expect(csv).toContain('""note"":""a \\""word\\"", and\\na line""');
});

test('the verify command reads an export, and exits with 1 when it was tampered with', async () => {
  const exported = (await cloud.call('GET', '/api/audit/export')).body as string;
  const sealFile = join(folder, 'seal.json');
  writeFileSync(sealFile, JSON.stringify((await cloud.call('GET', '/api/audit/seal')).body));
  const [good, bad] = [join(folder, 'good.jsonl'), join(folder, 'bad.jsonl')];
  writeFileSync(good, exported);
  writeFileSync(bad, exported.split('\n').toSpliced(3, 1).join('\n'));
  const keys = ['--data-dir', folder, '--public-key', cloud.cloudKey.publicKey, '--seal', sealFile];
  expect(await verifyCommand(['--file', good, ...keys], {}, testParts)).toBe(0);
  expect(await verifyCommand(['--file', bad, ...keys], {}, testParts)).toBe(1);
});

test('what was done about a device is in the audit: by whom, for whom, and why', async () => {
  const device = 'audited-1';
  const db = cloud.database.db;
  const id = testParts.makeId();
  await db
    .insertInto('alarms')
    .values({
      id,
      code: 'chain_fork',
      device,
      incarnation: null,
      seq: null,
      detail: 'two heads',
      raised_at: new Date().toISOString(),
      last_seen_at: new Date().toISOString(),
      times: 1,
    })
    .execute();
  await cloud.call('POST', `/api/fleet/alarms/${id}/acknowledge`, { by: 'Noa', why: 'the card was swapped' });
  const token = await cloud.call('POST', '/api/fleet/enrolment-tokens', { site: 'DEMO', device });
  expect(token.status).toBe(201);
  const found = await pageOf(`subjectKind=alarm&subjectId=${id}`);
  expect(found.items).toMatchObject([
    {
      action: 'alarm.acknowledged',
      actor: { kind: 'key', name: 'test' },
      askedBy: 'Noa',
      why: 'the card was swapped',
      after: { code: 'chain_fork', device },
    },
  ]);
  const made = await pageOf('action=enrolment_token.made');
  expect(made.items).toMatchObject([{ subject: { kind: 'site', id: 'DEMO' }, after: { device } }]);
  expect(JSON.stringify(made)).not.toContain((token.body as { token: string }).token);
});

test('a signed-in user is who did it, whatever name is sent', () => {
  expect(doerNameOf({ kind: 'account', id: 'u-1', name: 'Dana' }, 'Somebody Else')).toBe('Dana');
  expect(doerNameOf({ kind: 'key', id: 'k-1', name: 'gate PC' }, 'Noa')).toBe('Noa');
  expect(doerNameOf({ kind: 'key', id: 'k-1', name: 'gate PC' }, undefined)).toBe('gate PC');
});

test('whatever is changed in the registry is in the audit, before and after, and a PIN or plate is not in the chain', async () => {
  const provider = await cloud.call('POST', '/api/billing/providers', { name: 'Hadar' });
  const { id } = provider.body as { id: number };
  await cloud.call('PUT', `/api/billing/providers/${id}`, { name: 'Hadar Ltd' }, { 'if-match': '*' });
  await cloud.call('POST', '/api/billing/trucks', { id: 'AU-77-421', providerId: id });
  await cloud.call('POST', '/api/weight/containers', { id: 'AU-C1', tareKg: 50 });
  await cloud.call('POST', '/api/billing/produce', { id: 'audited' });
  await cloud.call('POST', '/api/billing/rates', { produce: 'audited', ratePerKgMinor: '10' });
  const pin = '713924';
  await cloud.call('POST', '/api/fleet/operators', {
    name: 'Audited Person',
    role: 'weigher',
    pin,
    sites: ['DEMO'],
  });
  const by = { kind: 'key', name: 'test' };
  expect(await pageOf(`subjectKind=provider&subjectId=${id}`)).toMatchObject({
    items: [
      { action: 'provider.changed', before: { name: 'Hadar' }, after: { name: 'Hadar Ltd' }, actor: by },
      { action: 'provider.added', before: null, after: { name: 'Hadar' }, actor: by },
    ],
  });
  expect((await pageOf('subjectKind=truck&subjectId=AU77421')).items).toMatchObject([
    { action: 'truck.added' },
  ]);
  for (const action of ['container.added', 'produce.added', 'rate.added', 'operator.added']) {
    expect((await pageOf(`action=${action}`)).items, action).toMatchObject([{ actor: by }]);
  }
  const texts = await cloud.database.db.selectFrom('audit_changes').select('entry_text').execute();
  for (const canary of [pin, 'AU-77-421', 'AU77421', 'Audited Person', '$argon2id$']) {
    expect(JSON.stringify(texts)).not.toContain(canary);
  }
});
