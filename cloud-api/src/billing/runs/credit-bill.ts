import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import { createOnce, type Done, type OnceRequest } from '../../http/idempotent.ts';
import type { Db, Trx } from '../../store/database.ts';
import type { FrozenBill, FrozenLine } from '../frozen-bill.ts';
import { readFrozenBill, type StoredBill } from '../read-frozen-bill.ts';
import { cutOf, type LineCredit, type LineRest } from './credit-lines.ts';
import { creditedVat, percentOf } from './credit-vat.ts';
import { lockRun } from './find-run.ts';
import { withRetries } from './retry.ts';
import { settleRun } from './settle-run.ts';
import { type StoreParts, storeBill } from './store-bill.ts';

/** What to credit of one line; sessions by their ids. */
export interface CreditedLine {
  lineNo: number;
  what:
    | { kind: 'all' }
    | { kind: 'amount'; amountMinor: bigint }
    | { kind: 'sessions'; sessionIds: readonly string[] };
}

export interface CreditOrder {
  billId: string;
  reason: string;
  /** Undefined: all that is left of the whole bill. Each line at most once. */
  lines: readonly CreditedLine[] | undefined;
  by: Actor;
}

/** What came of crediting. */
export type Credit =
  | { kind: 'credited'; bill: FrozenBill }
  | { kind: 'unknown' }
  /** A credit note itself is not credited. */
  | { kind: 'no_bill' }
  | { kind: 'unknown_line'; lineNo: number }
  /** Sessions that are not on the line, or are off it already. */
  | { kind: 'not_on_line'; lineNo: number; sessionIds: string[] }
  /** More than is left of the line. */
  | { kind: 'too_much'; lineNo: number; rest: LineRest }
  /** Nothing is left of the bill, or nothing was named. */
  | { kind: 'nothing_left' };

/**
 * Corrects an issued bill by a credit note with a number of its own, in one transaction. The bill stays as it is. Sessions
 * that are credited are free to be billed again, those whose delivery was taken back never are.
 */
export function creditBill(order: CreditOrder, db: Db, parts: StoreParts): Promise<Credit> {
  return unlessUndone(() => db.transaction().execute((trx) => creditInside(trx, order, parts)));
}

/** A credit note as it is answered. */
export interface CreditNote {
  billId: string;
  numberText: string;
  totalMinor: string;
}

export type NotCredited = Exclude<Credit, { kind: 'credited' }>;

/** The same, once for an idempotency key: sent again, the note of the time before is answered. */
export function creditBillOnce(
  order: CreditOrder,
  once: OnceRequest,
  parts: StoreParts,
): Promise<Done<CreditNote, NotCredited>> {
  return unlessUndone(() =>
    createOnce<CreditNote, NotCredited>(once, async (trx) => {
      const done = await creditInside(trx, order, parts);
      if (done.kind !== 'credited') return done;
      const { id, numberText, totals } = done.bill;
      return { kind: 'created', body: { billId: id, numberText, totalMinor: totals.totalMinor } };
    }),
  );
}

async function unlessUndone<T>(transaction: () => Promise<T>): Promise<T | NotCredited> {
  try {
    return await withRetries(transaction);
  } catch (error) {
    if (error instanceof UndoneError) return error.credit;
    throw error;
  }
}

async function creditInside(trx: Trx, order: CreditOrder, parts: StoreParts): Promise<Credit> {
  const found = await trx
    .selectFrom('bills')
    .select('run_id')
    .where('id', '=', order.billId)
    .executeTakeFirst();
  if (found === undefined) return { kind: 'unknown' };
  if (found.run_id === null) return { kind: 'no_bill' };
  // Credit notes of one bill are made one after the other.
  await lockRun(trx, found.run_id);
  const stored = await readFrozenBill(trx, order.billId);
  assert(stored !== undefined, 'a bill is never deleted');
  const { bill } = stored;
  const rests = await readRests(trx, bill);
  const wanted = order.lines ?? bill.lines.map(({ no }) => ({ lineNo: no, what: { kind: 'all' as const } }));
  const creditId = parts.makeId();
  const lines: FrozenLine[] = [];
  for (const { lineNo, what } of wanted) {
    const line = bill.lines.find(({ no }) => no === lineNo);
    const rest = rests.get(lineNo);
    if (line === undefined || rest === undefined) return undone({ kind: 'unknown_line', lineNo });
    const freed = await freeSessions(trx, { billId: bill.id, creditId, lineNo, what });
    if (freed.kind === 'not_on_line') return undone(freed);
    const credit: LineCredit =
      what.kind === 'sessions' ? { kind: 'sessions', netG: BigInt(freed.netG) } : what;
    const cut = cutOf(line, rest, credit, bill.rounding);
    if (cut.kind === 'too_much') return undone({ ...cut, lineNo });
    if (cut.netG === 0n && cut.amountMinor === 0n && freed.sessionCount === 0) continue;
    lines.push(creditLineOf(line, cut, lines.length + 1, freed));
  }
  if (lines.length === 0) return undone({ kind: 'nothing_left' });
  const subject = { kind: 'bill', id: bill.id };
  const after = {
    creditNoteId: creditId,
    lines: lines.map(({ corrects, amountMinor }) => ({ corrects, amountMinor })),
  };
  const change = { by: order.by, action: 'bill.credited', subject, before: null, after, why: order.reason };
  await recordChange(trx, change, parts);
  const credited = await storeBill(
    trx,
    creditNoteOf(creditId, order.reason, stored, lines, rests),
    null,
    parts,
  );
  await settleRun(trx, found.run_id);
  return { kind: 'credited', bill: credited };
}

/** Ends the transaction without any effect. */
class UndoneError extends Error {
  readonly code = 'undone';
  readonly credit: NotCredited;
  constructor(credit: NotCredited) {
    super(credit.kind);
    this.credit = credit;
  }
}
function undone(credit: NotCredited): never {
  throw new UndoneError(credit);
}

/** What is left of each line of a bill after its credit notes. */
async function readRests(trx: Trx, bill: FrozenBill): Promise<Map<number, LineRest>> {
  const rows = await trx.selectFrom('bill_line_rests').selectAll().where('bill_id', '=', bill.id).execute();
  return new Map(
    rows.map((row) => [row.line_no, { netG: BigInt(row.net_g), amountMinor: BigInt(row.amount_minor) }]),
  );
}

type Freed = { kind: 'freed'; sessionCount: number; netG: string; sessionsHash: string };

/** Takes sessions off the line by the credit note, once and for all. */
async function freeSessions(
  trx: Trx,
  { billId, creditId, lineNo, what }: { billId: string; creditId: string } & CreditedLine,
): Promise<Freed | Extract<Credit, { kind: 'not_on_line' }>> {
  const ids = what.kind === 'sessions' ? what.sessionIds : null;
  const freed = await sql<Omit<Freed, 'kind'> & { sessionIds: string[] | null }>`
    with freed as (
      update bill_sessions
         set reversed_by = ${creditId}
       where bill_id = ${billId} and line_no = ${lineNo} and reversed_by is null
         and ${what.kind !== 'amount'} and (${ids}::uuid[] is null or session_id = any(${ids}::uuid[]))
      returning session_id, position, net_g, hash)
    select case when ${ids === null} then null else array_agg(session_id) end as "sessionIds",
           coalesce(sum(net_g), 0) as "netG",
           encode(sha256(coalesce(string_agg(hash, ''::bytea order by position), '')), 'hex') as "sessionsHash",
           count(*) as "sessionCount"
      from freed`.execute(trx);
  const row = freed.rows[0];
  assert(row !== undefined, 'an aggregate is one row');
  const missing = (ids ?? []).filter((id) => !(row.sessionIds ?? []).includes(id));
  if (missing.length > 0) return { kind: 'not_on_line', lineNo, sessionIds: missing };
  const { sessionCount, netG, sessionsHash } = row;
  return { kind: 'freed', sessionCount, netG, sessionsHash };
}

function creditLineOf(
  line: FrozenLine,
  cut: { netG: bigint; amountMinor: bigint },
  no: number,
  { sessionCount, sessionsHash }: Freed,
): FrozenLine {
  const taken = { no, corrects: line.no, amountMinor: String(-cut.amountMinor) };
  return line.kind === 'produce'
    ? { ...line, ...taken, netG: String(-cut.netG), sessionCount, sessionsHash }
    : { ...line, ...taken };
}

function creditNoteOf(
  id: string,
  reason: string,
  { bill, hash }: StoredBill,
  lines: FrozenLine[],
  rests: ReadonlyMap<number, LineRest>,
) {
  const sumBy = (all: readonly FrozenLine[], amountOf: (line: FrozenLine) => bigint) => {
    const sums = new Map<string | null, bigint>();
    for (const line of all) {
      const percent = percentOf(line);
      if (percent !== undefined) sums.set(percent, (sums.get(percent) ?? 0n) + amountOf(line));
    }
    return sums;
  };
  const vatGroups = creditedVat(
    sumBy(bill.lines, ({ no }) => rests.get(no)?.amountMinor ?? 0n),
    sumBy(lines, ({ amountMinor }) => -BigInt(amountMinor)),
    bill.rounding,
  );
  const sum = (amounts: readonly string[]) => amounts.reduce((total, amount) => total + BigInt(amount), 0n);
  const netMinor = sum(lines.map(({ amountMinor }) => amountMinor));
  const vatMinor = sum(vatGroups.map((group) => group.vatMinor));
  const { period, timeZone, currency, currencyDecimals, rounding, seller, buyer, agreement } = bill;
  return {
    id,
    kind: 'credit_note' as const,
    ...{ period, timeZone, currency, currencyDecimals, rounding, seller, buyer, agreement },
    lines,
    vatGroups,
    totals: {
      netG: String(sum(lines.map((line) => (line.kind === 'produce' ? line.netG : '0')))),
      netMinor: String(netMinor),
      vatMinor: String(vatMinor),
      totalMinor: String(netMinor + vatMinor),
    },
    allocation: { state: 'not_required' as const },
    corrects: { billId: bill.id, numberText: bill.numberText, issuedAt: bill.issuedAt, hash, reason },
  };
}
