import assert from 'node:assert/strict';
import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import { createOnce, type Done, type OnceRequest } from '../../http/idempotent.ts';
import type { Db, Trx } from '../../store/database.ts';
import { currencyDecimalsOf } from '../currency.ts';
import type { FrozenBill } from '../frozen-bill.ts';
import { type AskAllocation, findAllocation, keepAllocation, needsAllocation } from './allocation.ts';
import { findBuyer, findSellers, type Seller } from './bill-parties.ts';
import { claimSessions } from './claim-sessions.ts';
import { type ComputedRun, computeDrafts, type RunParts } from './compute-drafts.ts';
import { draftFiguresSchema } from './draft-figures.ts';
import { findRun, lockRun, periodOfRun, type Run } from './find-run.ts';
import { withRetries } from './retry.ts';
import { nextRunState } from './run-state.ts';
import { type StoreParts, storeBill } from './store-bill.ts';

/** Longest that putting the sessions of one bill onto it may take, a million of them included. */
const CLAIM_TIMEOUT_MS = 1_800_000;

export interface IssueParts extends RunParts, StoreParts {
  db: Db;
  /** IANA name of the zone that dates on documents are in. */
  timeZone: string;
  askAllocation: AskAllocation;
}

/** What came of issuing a run. */
export type Issue =
  | { kind: 'issued'; bill: FrozenBill }
  | { kind: 'unknown' }
  | { kind: 'stale'; version: number }
  | { kind: 'wrong_state'; state: Run['state'] }
  /** What would be billed now is not what was approved: it is a draft again, with the new figures. */
  | { kind: 'changed'; version: number }
  /** Nobody has said who we are on a bill. */
  | { kind: 'no_buyer' }
  | { kind: 'allocation_refused'; reason: string }
  /** No tax authority answers; to be tried again. */
  | { kind: 'allocation_down'; detail: string };

/** Who issues which run, as they saw it; and whether a bill goes out though the tax authority refused its number. */
export interface IssueOrder {
  runId: string;
  by: Actor;
  isCurrent: (version: number) => boolean;
  withoutAllocation: boolean;
}

/**
 * Issues an approved run: in one transaction its sessions are claimed, the figures computed again and compared with those
 * approved, a number taken, and the frozen copy written. Stopped anywhere it has not happened. The tax authority is asked
 * before, outside of the transaction, once for the same figures.
 */
export function issueRun(order: IssueOrder, parts: IssueParts): Promise<Issue> {
  return withRetries(async () => {
    const ready = await readyToIssue(order, parts);
    return parts.db.transaction().execute((trx) => issueInside(trx, order, ready, parts));
  });
}

/** A bill that was issued, as it is answered. */
export interface IssuedBill {
  billId: string;
  numberText: string;
}

export type NotIssued = Exclude<Issue, { kind: 'issued' }>;

/** The same, once for an idempotency key: sent again, the bill of the time before is answered. */
export function issueRunOnce(
  order: IssueOrder,
  once: OnceRequest,
  parts: IssueParts,
): Promise<Done<IssuedBill, NotIssued>> {
  return withRetries(async () => {
    const ready = await readyToIssue(order, parts);
    return createOnce<IssuedBill, NotIssued>(once, async (trx) => {
      const done = await issueInside(trx, order, ready, parts);
      if (done.kind !== 'issued') return done;
      return { kind: 'created', body: { billId: done.bill.id, numberText: done.bill.numberText } };
    });
  });
}

/** What is found out before the transaction: a refusal, or that nothing stands in the way. */
async function readyToIssue(order: IssueOrder, parts: IssueParts): Promise<NotIssued | Settled> {
  const run = await findRun(parts.db, order.runId);
  if (run === undefined) return { kind: 'unknown' };
  return refusalOf(run, order) ?? (await settleAllocation(run, order, parts));
}

function refusalOf(run: Run, order: IssueOrder): NotIssued | undefined {
  if (!order.isCurrent(run.version)) return { kind: 'stale', version: run.version };
  return nextRunState(run.state, 'issue') === 'refused'
    ? { kind: 'wrong_state', state: run.state }
    : undefined;
}

async function issueInside(
  trx: Trx,
  order: IssueOrder,
  ready: NotIssued | Settled,
  parts: IssueParts,
): Promise<Issue> {
  if (ready.kind !== 'settled') return ready;
  const { bill: billKind, allocation } = ready;
  await sql`select set_config('statement_timeout', ${String(CLAIM_TIMEOUT_MS)}, true)`.execute(trx);
  const run = await lockRun(trx, order.runId);
  if (run === undefined) return { kind: 'unknown' };
  const refused = refusalOf(run, order);
  if (refused !== undefined) return refused;
  const period = periodOfRun(run);
  // Bills of one provider are issued one after the other: a late delivery may be due on two of them.
  await sql`select 1 from providers where id = ${run.provider_id} for no key update`.execute(trx);
  const buyer = await findBuyer(trx, parts.clock.now());
  if (buyer === undefined) return { kind: 'no_buyer' };
  const [computed] = await computeDrafts(trx, period, [run.provider_id], parts);
  assert(computed !== undefined, 'a run has a provider');
  if (computed.hash !== run.figures_hash)
    return { kind: 'changed', version: await backToDraft(trx, run, computed, parts) };

  const { seller, figures } = computed;
  if (kindOf(seller) !== billKind) throw new ChangedMeanwhileError();
  const billId = parts.makeId();
  const claimed = await claimSessions(trx, billId, period, computed);
  const lines = figures.lines.map((line, index) => {
    const its = claimed.find(({ lineNo }) => lineNo === index + 1);
    if (its?.netG !== line.netG || its.sessionCount !== line.sessionCount) throw new ChangedMeanwhileError();
    const { sessionsHash } = its;
    return { no: index + 1, kind: 'produce' as const, ...line, sessionsHash, corrects: null };
  });
  await trx
    .updateTable('bill_runs')
    .set({ state: nextIssued(run), version: run.version + 1, bill_id: billId })
    .where('id', '=', run.id)
    .execute();
  const after = {
    billId,
    providerId: run.provider_id,
    totals: figures.totals,
    figuresHash: run.figures_hash,
  };
  const subject = { kind: 'bill_run', id: run.id };
  await recordChange(trx, { by: order.by, action: 'bill_run.issued', subject, before: null, after }, parts);
  const bill = await storeBill(
    trx,
    {
      id: billId,
      kind: billKind,
      period: { from: isoInstant(period.fromMs), to: isoInstant(period.toMs) },
      timeZone: parts.timeZone,
      currency: figures.currency,
      currencyDecimals: currencyDecimalsOf(figures.currency),
      rounding: figures.rounding,
      seller: {
        providerId: seller.providerId,
        name: seller.name,
        taxId: seller.taxId,
        address: seller.address,
      },
      buyer: { name: buyer.name, taxId: buyer.taxId, address: buyer.address },
      agreement:
        seller.agreement === null
          ? null
          : { reference: seller.agreement.reference, since: isoInstant(seller.agreement.sinceMs) },
      lines,
      vatGroups: figures.vatGroups,
      totals: figures.totals,
      allocation,
      corrects: null,
    },
    run.id,
    parts,
  );
  return { kind: 'issued', bill };
}

/** A weighing came in or was voided, or an agreement ended, between two looks at it: done again from the beginning it is right. */
class ChangedMeanwhileError extends Error {
  readonly code = 'changed_meanwhile';
}

function nextIssued(run: Run): Run['state'] {
  const state = nextRunState(run.state, 'issue');
  assert(state !== 'refused', 'only an approved run is issued');
  return state;
}

async function backToDraft(
  trx: Trx,
  run: Run,
  computed: ComputedRun,
  { clock }: IssueParts,
): Promise<number> {
  const state = nextRunState(run.state, 'changed');
  assert(state !== 'refused', 'only an approved run goes back');
  const version = run.version + 1;
  await trx
    .updateTable('bill_runs')
    .set({
      state,
      version,
      figures: computed.text,
      figures_hash: computed.hash,
      blocked_count: computed.blockedCount,
      drafted_at: isoInstant(clock.now()),
      approved_by: null,
      approved_at: null,
    })
    .where('id', '=', run.id)
    .execute();
  return version;
}

/** Without an agreement, or a tax id to name, we cannot make out the provider's tax invoice. */
function kindOf({ agreement, taxId }: Seller): 'tax_invoice' | 'proforma' {
  return agreement !== null && taxId !== null ? 'tax_invoice' : 'proforma';
}

/** What kind of bill it will be, and its number of the tax authority. */
interface Settled {
  kind: 'settled';
  bill: 'tax_invoice' | 'proforma';
  allocation: FrozenBill['allocation'];
}

async function settleAllocation(
  run: Run,
  { withoutAllocation }: IssueOrder,
  parts: IssueParts,
): Promise<Settled | Extract<NotIssued, { kind: `allocation_${string}` }>> {
  const { db, clock, currency, askAllocation } = parts;
  const atMs = clock.now();
  const seller = (await findSellers(db, [run.provider_id], { atMs, currency })).get(run.provider_id);
  assert(seller !== undefined, 'a run has a provider');
  const bill = kindOf(seller);
  const { totals } = draftFiguresSchema.parse(JSON.parse(run.figures));
  const isTaxed = bill === 'tax_invoice' && totals.vatMinor !== '0';
  if (!isTaxed || !(await needsAllocation(db, { currency, netMinor: BigInt(totals.netMinor), atMs }))) {
    return { kind: 'settled', bill, allocation: { state: 'not_required' } };
  }
  const its = { id: run.id, figuresHash: run.figures_hash };
  let known = await findAllocation(db, its);
  if (known === undefined) {
    const answer = await askAllocation({
      reference: `${run.id}/${run.figures_hash}`,
      sellerTaxId: seller.taxId,
      buyerTaxId: (await findBuyer(db, atMs))?.taxId ?? null,
      currency,
      netMinor: totals.netMinor,
      vatMinor: totals.vatMinor,
    });
    if (answer.kind === 'down') return { kind: 'allocation_down', detail: answer.detail };
    await keepAllocation(db, its, answer, clock.now());
    known = await findAllocation(db, its);
    assert(known !== undefined, 'an answer that was kept is there');
  }
  if (known.state === 'refused' && !withoutAllocation)
    return { kind: 'allocation_refused', reason: known.reason };
  return { kind: 'settled', bill, allocation: known };
}
