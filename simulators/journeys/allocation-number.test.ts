import { type Cloud, startCloud } from '@weighgate/cloud-api/src/cloud.ts';
import { readConfig } from '@weighgate/cloud-api/src/config.ts';
import { makeTestFolder, testParts } from '@weighgate/cloud-api/src/store/test-database.ts';
import { billingOn } from '@weighgate/cloud-api/src/test-billing.ts';
import { startTestCloud } from '@weighgate/cloud-api/src/test-cloud.ts';
import { systemClock } from '@weighgate/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTaxAuthority, type TaxAuthority } from '../src/tax-authority.ts';

const now = Date.parse('2026-07-02T09:00:00Z');
const clock = { ...systemClock, now: () => now };
const stack = new AsyncDisposableStack();
/** Prepares what is billed; the cloud beside it on the same database issues. */
let billing: ReturnType<typeof billingOn>;
let authority: TaxAuthority;
let databaseUrl: string;

beforeAll(async () => {
  const prepared = stack.use(await startTestCloud(now));
  databaseUrl = prepared.database.url;
  billing = billingOn(prepared, now);
  await billing.prepare();
  authority = stack.use(await openTaxAuthority({ seed: 7 }, systemClock));
});
afterAll(() => stack.disposeAsync());

/** The cloud as its configuration joins it, with circuits that nothing has failed in yet. */
async function openCloud(scope: AsyncDisposableStack): Promise<Cloud> {
  const folder = scope.use(makeTestFolder());
  const config = readConfig(
    undefined,
    { DATABASE_URL: databaseUrl },
    { dataDir: folder.path, httpPort: '0', mqttPort: '0' },
  );
  const billingSettings = { allocationUrl: authority.url };
  return scope.use(
    await startCloud({ ...config, billing: billingSettings }, { ...testParts, clock, chance: () => 0 }),
  );
}

/** An approved run of 6,545.00 before VAT; from June 2026 on a number is needed from 5,000.00 on. */
async function approvedRun(): Promise<string> {
  const { id, truck } = await billing.newProvider();
  await billing.sign(id);
  await billing.deliver({ truck });
  return (await billing.approve(id)).runId;
}

async function issue(cloud: Cloud, runId: string, order: object = {}) {
  const headers = { authorization: `Bearer ${cloud.apiKey}`, 'content-type': 'application/json' };
  const run = await fetch(`${cloud.url}/api/billing/bill-runs/${runId}`, { headers });
  await run.body?.cancel();
  const answer = await fetch(`${cloud.url}/api/billing/bill-runs/${runId}/bill`, {
    method: 'POST',
    headers: { ...headers, 'if-match': run.headers.get('etag') ?? '' },
    body: JSON.stringify(order),
  });
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: await answer.json() };
}

/** What the frozen copy of a run's bill says of its number. */
async function allocationOf(runId: string): Promise<unknown> {
  const { frozen_text } = await billing.db
    .selectFrom('bills')
    .innerJoin('bill_runs', 'bill_runs.bill_id', 'bills.id')
    .select('bills.frozen_text')
    .where('bill_runs.id', '=', runId)
    .executeTakeFirstOrThrow();
  return (JSON.parse(frozen_text) as { allocation: unknown }).allocation;
}

const questionsOf = (runId: string) =>
  authority.questions.filter(({ reference }) => reference.startsWith(`${runId}/`));

test('the number that the authority grants stands on the frozen bill', async () => {
  await using scope = new AsyncDisposableStack();
  const cloud = await openCloud(scope);
  authority.setMode('granted');
  const runId = await approvedRun();
  expect(await issue(cloud, runId)).toMatchObject({ status: 201 });
  expect(await allocationOf(runId)).toEqual({
    state: 'granted',
    number: expect.stringMatching(/^[0-9]{18}$/),
  });
  expect(questionsOf(runId)).toMatchObject([
    { sellerTaxId: '514000000', buyerTaxId: '510000000', currency: 'ILS', netMinor: '654500' },
  ]);
  expect(await issue(cloud, runId)).toMatchObject({ status: 409 });
  expect(questionsOf(runId)).toHaveLength(1);
});

test('a refusal keeps the bill back with its reason until a person wants it without; nobody is asked twice', async () => {
  await using scope = new AsyncDisposableStack();
  const cloud = await openCloud(scope);
  authority.setMode('refused');
  const runId = await approvedRun();
  const reason = 'dealer 514000000 is not registered';
  for (const _ of [1, 2]) {
    expect(await issue(cloud, runId)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining(reason) },
    });
  }
  expect(await issue(cloud, runId, { withoutAllocation: true })).toMatchObject({ status: 201 });
  expect(await allocationOf(runId)).toEqual({ state: 'refused', reason });
  expect(questionsOf(runId)).toHaveLength(1);
});

test('while the authority is down or too slow the bill waits with a time to retry, and later has the number of the same figures', async () => {
  await using scope = new AsyncDisposableStack();
  const cloud = await openCloud(scope);
  const runId = await approvedRun();
  for (const mode of ['down', 'slow'] as const) {
    authority.setMode(mode);
    expect(await issue(cloud, runId, { withoutAllocation: true })).toMatchObject({
      status: 503,
      retryAfter: '60',
      body: { type: '/problems/allocation-down' },
    });
  }
  authority.setMode('granted');
  expect(await issue(cloud, runId)).toMatchObject({ status: 201 });
  const asked = questionsOf(runId);
  expect(asked).toHaveLength(3);
  expect(new Set(asked.map((question) => JSON.stringify(question))).size).toBe(1);
  // Who asks the same again is told the number that was lost on its way.
  const [question] = asked;
  const again = await fetch(authority.url, { method: 'POST', body: JSON.stringify(question) });
  const { number } = (await again.json()) as { number: string };
  expect(await allocationOf(runId)).toEqual({ state: 'granted', number });
});

test('after five failures the authority is left alone, and the metrics say so', async () => {
  await using scope = new AsyncDisposableStack();
  const cloud = await openCloud(scope);
  authority.setMode('down');
  const runId = await approvedRun();
  for (let times = 0; times < 7; times += 1) expect(await issue(cloud, runId)).toMatchObject({ status: 503 });
  expect(questionsOf(runId)).toHaveLength(5);
  expect(await issue(cloud, runId)).toMatchObject({ body: { detail: expect.stringContaining('not asked') } });
  const metrics = await (await fetch(`${cloud.url}/metrics`)).text();
  expect(metrics).toContain('weighgate_circuit_state{dependency="allocation"} 2');
});
