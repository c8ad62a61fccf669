import { setTimeout as delay } from 'node:timers/promises';
import { chainHash } from '@weighgate/protocol';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inRequest } from '../http/request-context.ts';
import type { OpenDatabase } from '../store/database.ts';
import { startTestDatabase, testParts } from '../store/test-database.ts';
import { commitmentOf } from './commitment.ts';
import { type Actor, type AuditChange, recordChange } from './record-change.ts';

let database: OpenDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

const dana: Actor = { kind: 'account', id: testParts.makeId(), name: 'Dana Levi' };
const change = (said: Partial<AuditChange> = {}): AuditChange => ({
  by: dana,
  action: 'provider.changed',
  subject: { kind: 'provider', id: 10_001 },
  before: { name: 'Hadar' },
  after: { name: 'Hadar Ltd' },
  ...said,
});
const entries = () =>
  database.db
    .selectFrom('audit_chain')
    .innerJoin('audit_changes', 'audit_changes.change_id', 'audit_chain.change_id')
    .selectAll('audit_changes')
    .select(['seq', 'previous_hash', 'hash'])
    .orderBy('seq')
    .execute();
const record = (said: Partial<AuditChange> = {}) =>
  database.db.transaction().execute((trx) => recordChange(trx, change(said), testParts));

test('a change and its entry are there together, or neither is', async () => {
  const before = await entries();
  const failing = database.db.transaction().execute(async (trx) => {
    await recordChange(trx, change(), testParts);
    throw new Error('the change itself failed');
  });
  await expect(failing).rejects.toThrow('the change itself failed');
  expect(await entries()).toEqual(before);
});

test('an entry says who, what, when, before, after, why and in which request', async () => {
  await inRequest({ requestId: 'request-0001' }, () => record({ why: 'a new contract' }));
  const entry = (await entries()).at(-1);
  expect(JSON.parse(entry?.entry_text ?? '')).toMatchObject({
    v: 1,
    actor: { kind: 'account', id: dana.id },
    action: 'provider.changed',
    subject: { kind: 'provider', id: '10001' },
    before: { name: 'Hadar' },
    after: { name: 'Hadar Ltd' },
    why: 'a new contract',
    requestId: 'request-0001',
  });
  expect(entry).toMatchObject({ subject_id: '10001', actor_id: dana.id, request_id: 'request-0001' });
});

test('of secrets nothing is kept, and of people nothing that cannot be erased', async () => {
  await record({
    action: 'operator.changed',
    subject: { kind: 'operator', id: 'o-1' },
    before: { name: 'Noa Canary', verifier: '$argon2id$canary', contact: { phone: '+972501234567' } },
    after: { name: 'Noa Canary', pin: '198273', plates: ['CANARY-77'] },
    place: { address: '192.0.2.7', userAgent: 'Canary/1.0' },
  });
  const entry = (await entries()).at(-1);
  const text = entry?.entry_text ?? '';
  for (const canary of ['Canary', 'CANARY', '198273', '501234567', '192.0.2.7', 'Dana', 'argon2id']) {
    expect(text).not.toContain(canary);
  }
  const clear = await database.db
    .selectFrom('audit_clear_values')
    .selectAll()
    .where('change_id', '=', entry?.change_id ?? '')
    .execute();
  expect(clear.map(({ place }) => place).sort()).toEqual(
    [
      '/actor/name',
      '/after/name',
      '/after/plates/0',
      '/before/contact/phone',
      '/before/name',
      '/place/address',
      '/place/userAgent',
    ].sort(),
  );
  expect(JSON.stringify(clear)).not.toContain('198273');
  for (const value of clear) expect(text).toContain(commitmentOf(value));
});

test('a truck is known by its plate, so its id is erasable too', async () => {
  await record({ subject: { kind: 'truck', id: '7742103' }, before: null, after: { id: '77-421-03' } });
  const text = (await entries()).at(-1)?.entry_text ?? '';
  expect(text).not.toContain('7742103');
  expect(text).not.toContain('77-421-03');
});

test('fifty transactions at once make one chain without a gap, in the order of their commits', async () => {
  await Promise.all(
    Array.from({ length: 50 }, (_, index) => record({ subject: { kind: 'provider', id: index } })),
  );
  const all = await entries();
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
  for (const [index, { entry_text, previous_hash, hash }] of all.entries()) {
    if (index > 0) expect(previous_hash).toBe(all[index - 1]?.hash);
    expect(hash).toBe(chainHash(previous_hash, entry_text));
  }
});

test('who records early in a long transaction holds up nobody', async () => {
  const letGo = Promise.withResolvers<void>();
  const recorded = Promise.withResolvers<void>();
  const long = database.db.transaction().execute(async (trx) => {
    await recordChange(trx, change({ action: 'rate.imported' }), testParts);
    recorded.resolve();
    await letGo.promise;
  });
  await recorded.promise;
  const short = record({ action: 'rate.withdrawn' });
  const first = await Promise.race([short.then(() => 'short'), delay(2_500).then(() => 'nobody')]);
  letGo.resolve();
  await Promise.all([long, short]);
  expect(first).toBe('short');
  expect((await entries()).slice(-2).map(({ action }) => action)).toEqual([
    'rate.withdrawn',
    'rate.imported',
  ]);
});

test.each([
  'update audit_changes set entry_text = entry_text',
  'delete from audit_changes',
  'truncate audit_changes cascade',
  'update audit_chain set hash = hash',
  'delete from audit_chain',
  'truncate audit_chain',
  'update audit_head set hash = hash',
  'delete from audit_head',
  'truncate audit_head',
  'update audit_clear_values set value = value',
  'truncate audit_clear_values',
])('the database refuses: %s', async (statement) => {
  await record();
  await expect(sql.raw(statement).execute(database.db)).rejects.toThrow(/append-only|grows one by one/);
});

test('text that PostgreSQL cannot keep is made keepable, and stops no change', async () => {
  await record({ after: { name: 'half \ud800 a pair, and \u0000' } });
  expect(JSON.parse((await entries()).at(-1)?.entry_text ?? '')).toMatchObject({
    after: { name: 'half \ufffd a pair, and \ufffd' },
  });
});
