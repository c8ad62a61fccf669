import { createHash } from 'node:crypto';
import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { canonicalJson } from '../../audit/canonical-json.ts';
import { postToAccount } from '../../ledger/post-to-account.ts';
import { queueEvent } from '../../outbound/queue-message.ts';
import type { Trx } from '../../store/database.ts';
import { type FrozenBill, type FrozenLine, frozenBillSchema } from '../frozen-bill.ts';

/** A bill or credit note before it has its number. */
export type UnnumberedBill = Omit<
  FrozenBill,
  'v' | 'isSelfBilled' | 'series' | 'year' | 'number' | 'numberText' | 'priorHash' | 'issuedAt'
>;

export interface StoreParts {
  clock: Clock;
  makeId: MakeId;
}

const seriesOf = { tax_invoice: 'SB', proforma: 'PF', credit_note: 'CN' } as const;
const NUMBER_DIGITS = 6;
/** What the first bill of a series follows on. */
const NO_HASH = '0'.repeat(64);

/**
 * Gives a bill its number and writes it down, the last thing its transaction does: from here to the commit nobody else gets
 * a number of the series. The number is the next one, and the text holds the hash of the bill before.
 * @param runId null for a credit note
 */
export async function storeBill(
  trx: Trx,
  bill: UnnumberedBill,
  runId: string | null,
  parts: StoreParts,
): Promise<FrozenBill> {
  const issuedAtMs = parts.clock.now();
  const series = seriesOf[bill.kind];
  const year = yearOf(issuedAtMs, bill.timeZone);
  const last = await lockSeries(trx, series, year);
  const number = last.last_number + 1;
  const frozen = frozenBillSchema.parse({
    v: 1,
    isSelfBilled: true,
    ...bill,
    series,
    year,
    number,
    numberText: `${series}-${year}-${String(number).padStart(NUMBER_DIGITS, '0')}`,
    issuedAt: isoInstant(issuedAtMs),
    priorHash: last.last_hash,
  });
  const text = canonicalJson(frozen);
  const hash = createHash('sha256').update(text, 'utf8').digest('hex');
  const { providerId } = frozen.seller;
  await trx
    .insertInto('bills')
    .values({
      id: frozen.id,
      run_id: runId,
      kind: frozen.kind,
      corrects_bill_id: frozen.corrects?.billId ?? null,
      provider_id: providerId,
      series,
      year,
      number,
      number_text: frozen.numberText,
      issued_at: frozen.issuedAt,
      currency: frozen.currency,
      net_minor: frozen.totals.netMinor,
      vat_minor: frozen.totals.vatMinor,
      total_minor: frozen.totals.totalMinor,
      frozen_text: text,
      prior_hash: frozen.priorHash,
      hash,
    })
    .execute();
  await trx
    .insertInto('bill_lines')
    .values(frozen.lines.map((line) => lineRowOf(frozen.id, line)))
    .execute();
  await postToAccount(
    trx,
    {
      kind: frozen.kind === 'credit_note' ? 'credit_note' : 'bill',
      providerId: providerId,
      currency: frozen.currency,
      billId: frozen.id,
      netMinor: BigInt(frozen.totals.netMinor),
      vatMinor: BigInt(frozen.totals.vatMinor),
    },
    parts,
  );
  const { id: billId, numberText, corrects } = frozen;
  const data = {
    billId,
    numberText,
    kind: frozen.kind,
    providerId,
    currency: frozen.currency,
    totalMinor: frozen.totals.totalMinor,
    correctsBillId: corrects?.billId ?? null,
    hash,
  };
  const type = frozen.kind === 'credit_note' ? 'bill.credited' : 'bill.issued';
  await queueEvent(trx, { type, cause: billId, data }, parts);
  return frozen;
}

async function lockSeries(trx: Trx, series: string, year: number) {
  await trx
    .insertInto('bill_series')
    .values({ series, year, last_number: 0, last_hash: NO_HASH })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return await trx
    .selectFrom('bill_series')
    .select(['last_number', 'last_hash'])
    .where('series', '=', series)
    .where('year', '=', year)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

function lineRowOf(billId: string, line: FrozenLine) {
  const isProduce = line.kind === 'produce';
  return {
    bill_id: billId,
    line_no: line.no,
    kind: line.kind,
    corrects_line: line.corrects,
    produce: isProduce ? line.produce : null,
    rate_id: line.rate.id,
    is_late: line.isLate,
    vat_kind: line.vat.kind,
    vat_percent: line.vat.kind === 'charged' ? line.vat.percent : null,
    session_count: isProduce ? line.sessionCount : 0,
    net_g: isProduce ? line.netG : '0',
    amount_minor: line.amountMinor,
  };
}

/** The calendar year of an instant where the site is. */
function yearOf(atMs: number, timeZone: string): number {
  return Number(
    new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', calendar: 'gregory' }).format(atMs),
  );
}
