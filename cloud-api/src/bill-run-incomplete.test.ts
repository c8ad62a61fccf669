import { afterAll, beforeAll, expect, test } from 'vitest';
import { ingestHello } from './inbox/greet.ts';
import { TestChain } from './inbox/test-chain.ts';
import { testParts } from './store/test-database.ts';
import { billingOn, june } from './test-billing.ts';
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

/** A device says how far it has come: up to this instant everything of it is here. */
function greet(device: string, atMs: number) {
  const hello = new TestChain(device).hello();
  const parts = { ...testParts, db: cloud.database.db, apply: async () => ({ kind: 'applied' as const }) };
  const clock = { ...testParts.clock, now: () => atMs };
  return ingestHello({ ...hello, at: { ...hello.at, wallMs: atMs, monoMs: atMs } }, { ...parts, clock });
}

const approve = (runId: string, query = '') =>
  cloud.call('POST', `/api/billing/bill-runs/${runId}/approve${query}`, undefined, { 'if-match': '*' });
/** The entry of the audit about an approval, as it is chained. */
const approvalOf = async (runId: string) => {
  const entry = await billing.db
    .selectFrom('audit_changes')
    .select('entry_text')
    .where('action', '=', 'bill_run.approved')
    .where('subject_id', '=', runId)
    .executeTakeFirstOrThrow();
  return JSON.parse(entry.entry_text) as { after: object; why: string | null };
};

async function draftedRun() {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  await billing.draft(id);
  return { providerId: id, runId: (await billing.runOf(id)).id };
}

test('a run is not approved before every device has reported up to the end of its period', async () => {
  const { providerId, runId } = await draftedRun();
  await greet('silent-1', june.toMs - 1);
  const reportedUpTo = new Date(june.toMs - 1).toISOString();
  const mayBeMissing = { notReported: [{ device: 'silent-1', site: null, reportedUpTo }], noOwner: [] };
  const period = { from: '20260601000000', to: '20260701000000', providerId };
  expect(await cloud.call('POST', '/api/billing/bill-runs', period)).toMatchObject({
    status: 200,
    body: { drafts: 1, mayBeMissing },
  });
  expect(await approve(runId)).toMatchObject({
    status: 409,
    body: { type: '/problems/bill-run-incomplete', mayBeMissing },
  });
  expect(await billing.runOf(providerId)).toMatchObject({ state: 'draft' });
  await greet('silent-1', june.toMs);
  expect(await approve(runId)).toMatchObject({ status: 200, body: { state: 'approved' } });
  expect((await approvalOf(runId)).after).not.toHaveProperty('missing');
});

test('a run is not approved while a weighing of its period is of a truck that belongs to nobody', async () => {
  const { runId } = await draftedRun();
  const outside = '2026-05-30T08:00:00.000Z';
  await billing.deliver({ truck: 'STRANGER-0', weighedOutAt: outside });
  const weighed = await billing.deliver({ truck: 'STRANGER-1' });
  const pending = await billing.deliver({ truck: 'STRANGER-1', containersIn: ['C99'] });
  const refused = await approve(runId);
  expect(refused).toMatchObject({ status: 409, body: { mayBeMissing: { notReported: [] } } });
  const { mayBeMissing } = refused.body as { mayBeMissing: { noOwner: { sessionId: string }[] } };
  expect(mayBeMissing.noOwner.map(({ sessionId }) => sessionId).sort()).toEqual([weighed, pending].sort());
  const { id: owner } = await billing.newProvider();
  await cloud.call('POST', '/api/billing/trucks', { id: 'STRANGER-1', providerId: owner });
  expect(await approve(runId)).toMatchObject({ status: 200 });
});

test('who approves a run though something may be missing says why, and that is on record with what it was', async () => {
  const { runId } = await draftedRun();
  const sessionId = await billing.deliver({ truck: 'STRANGER-2' });
  await greet('silent-2', june.toMs - 1);
  for (const query of ['?incomplete=allow', '?reason=why', '?incomplete=maybe&reason=why'])
    expect(await approve(runId, query), query).toMatchObject({ status: 422 });
  expect(await approve(runId, '?incomplete=allow&reason=gate%202%20burned%20down')).toMatchObject({
    status: 200,
    body: { state: 'approved' },
  });
  expect(await approvalOf(runId)).toMatchObject({
    why: 'gate 2 burned down',
    after: {
      missing: { deviceCount: 1, devices: ['silent-2'], ownerlessCount: 1, ownerlessSessions: [sessionId] },
    },
  });
});
