import { idMaker, systemClock } from '@weighgate/protocol';
import { theCloud } from './audit/record-change.ts';
import { noAuthority } from './billing/runs/allocation.ts';
import { decideRun } from './billing/runs/approve-run.ts';
import { draftRuns } from './billing/runs/draft-runs.ts';
import { type IssueParts, issueRun } from './billing/runs/issue-run.ts';
import { TestChain, type TestVisit, visitEntries } from './inbox/test-chain.ts';
import type { startTestCloud } from './test-cloud.ts';

type TestCloud = Awaited<ReturnType<typeof startTestCloud>>;

/** June 2026 as a period, in the zone that test clouds are in. */
export const june = { fromMs: Date.parse('2026-05-31T21:00:00Z'), toMs: Date.parse('2026-06-30T21:00:00Z') };
export const july = { fromMs: june.toMs, toMs: Date.parse('2026-07-31T21:00:00Z') };

/** What billing does in tests, on a test cloud: providers with a truck, deliveries, and runs all the way to their bills. */
export function billingOn(cloud: TestCloud, nowMs: number) {
  const { db } = cloud.database;
  let atMs = nowMs;
  const parts: IssueParts = {
    db,
    clock: { ...systemClock, now: () => atMs },
    makeId: idMaker(systemClock),
    currency: 'ILS',
    timeZone: 'Asia/Jerusalem',
    askAllocation: noAuthority,
  };
  const isCurrent = () => true;

  async function newProvider(name = `Provider ${parts.makeId()}`) {
    const { id } = (await cloud.call('POST', '/api/billing/providers', { name })).body as { id: number };
    const truck = `T-${id}`;
    await cloud.call('POST', '/api/billing/trucks', { id: truck, providerId: id });
    return { id, truck };
  }

  /** A visit of a truck: 7,000 kg of oranges on the tenth of June, unless it is told otherwise. */
  async function deliver(visit: Partial<TestVisit> & { truck: string }): Promise<string> {
    const chain = new TestChain(`gate-${parts.makeId().slice(-8)}`);
    const { sessionId, opened, closed } = visitEntries({
      produce: 'orange',
      inKg: 15_000,
      outKg: 8_000,
      weighedOutAt: '2026-06-10T08:00:00.000Z',
      ...visit,
    });
    chain.add(opened);
    chain.add(closed);
    await cloud.ingest(chain);
    return sessionId;
  }

  async function runOf(providerId: number, period = june) {
    return await db
      .selectFrom('bill_runs')
      .selectAll()
      .where('provider_id', '=', providerId)
      .where('period_from', '=', new Date(period.fromMs) as never)
      .executeTakeFirstOrThrow();
  }

  async function approve(providerId: number, period = june) {
    await draftRuns(period, providerId, parts);
    const { id } = await runOf(providerId, period);
    const approved = await decideRun(db, { runId: id, event: 'approve', by: theCloud, isCurrent }, parts);
    return { runId: id, approved };
  }

  const issueOf = (runId: string, more: Partial<IssueParts> = {}, withoutAllocation = false) =>
    issueRun({ runId, by: theCloud, isCurrent, withoutAllocation }, { ...parts, ...more });

  /** Drafts, approves and issues. */
  async function issue(providerId: number, period = june) {
    const { runId } = await approve(providerId, period);
    const issued = await issueOf(runId);
    if (issued.kind !== 'issued') throw new Error(JSON.stringify(issued));
    return issued.bill;
  }

  return {
    db,
    parts,
    newProvider,
    deliver,
    runOf,
    approve,
    issueOf,
    issue,
    draft: (providerId?: number, period = june) => draftRuns(period, providerId, parts),
    /** Makes a provider one whose tax invoices we make out, with 18 % of VAT. */
    async sign(providerId: number) {
      const said = { said_by: 'test', said_at: '2020-01-01T00:00:00Z', valid_from: '2020-01-01T00:00:00Z' };
      await db
        .insertInto('provider_tax_details')
        .values({ ...said, provider_id: providerId, tax_id: '514000000', address: 'Hadera', vat: 'standard' })
        .execute();
      await db
        .insertInto('self_billing_agreements')
        .values({ ...said, id: parts.makeId(), provider_id: providerId, reference: 'SB-7', valid_to: null })
        .execute();
    },
    /** From now on it is this time. */
    setNow: (ms: number) => {
      atMs = ms;
    },
    /** Who we are, and one rate for oranges, 93.5 a kilogram, for all and always. */
    async prepare() {
      await db
        .insertInto('buyer_details')
        .values({
          valid_from: '2020-01-01T00:00:00Z',
          name: 'Gan Shmuel Foods',
          tax_id: '510000000',
          address: 'Gan Shmuel',
          rounding: 'half_away',
          said_by: 'test',
          said_at: '2020-01-01T00:00:00Z',
        })
        .execute();
      const vat = { category: 'standard' as const, said_by: 'test', said_at: '2020-01-01T00:00:00Z' };
      await db
        .insertInto('vat_rates')
        .values([
          { ...vat, id: parts.makeId(), percent: '17', valid_from: '2015-10-01T00:00:00+03' },
          { ...vat, id: parts.makeId(), percent: '18', valid_from: '2025-01-01T00:00:00+02' },
        ])
        .execute();
      await cloud.call('POST', '/api/billing/produce', { id: 'orange' });
      await cloud.call('POST', '/api/billing/rates', { produce: 'orange', ratePerKgMinor: '93.5' });
    },
  };
}
