import { createHash } from 'node:crypto';
import type { Period } from '@weighgate/cloud-api/src/billing/find-billable.ts';
import type { OpenDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { filledPeriod } from '../bench/bill-books.ts';

const DAY_MS = 86_400_000;

/** The filled month, cut into days. */
export function dailyPeriods(): Period[] {
  const days = Math.round((filledPeriod.toMs - filledPeriod.fromMs) / DAY_MS);
  return Array.from({ length: days }, (_, day) => ({
    fromMs: filledPeriod.fromMs + day * DAY_MS,
    toMs: filledPeriod.fromMs + (day + 1) * DAY_MS,
  }));
}

/** What is wrong with numbers and chains of issued bills, in words; empty when nothing is. Read apart from what issues them. */
export async function seriesFaults({ pool }: OpenDatabase): Promise<string[]> {
  const { rows } = await pool.query<{
    series: string;
    year: number;
    number: number;
    prior_hash: string;
    hash: string;
    frozen_text: string;
  }>('select series, year, number, prior_hash, hash, frozen_text from bills order by series, year, number');
  const faults: string[] = [];
  let before = { series: '', year: 0, number: 0, hash: '' };
  for (const row of rows) {
    const isFirst = row.series !== before.series || row.year !== before.year;
    const name = `${row.series}-${row.year}-${row.number}`;
    const expected = isFirst ? 1 : before.number + 1;
    if (row.number !== expected) faults.push(`${name} stands where number ${expected} belongs`);
    if (row.prior_hash !== (isFirst ? '0'.repeat(64) : before.hash))
      faults.push(`${name} does not follow on`);
    const said = JSON.parse(row.frozen_text) as { number: number; priorHash: string };
    if (said.number !== row.number || said.priorHash !== row.prior_hash)
      faults.push(`${name} says something else`);
    if (createHash('sha256').update(row.frozen_text).digest('hex') !== row.hash)
      faults.push(`${name} was changed`);
    before = row;
  }
  return faults;
}

/** What is wrong with who was billed for what, in words; empty when every session stands on exactly one bill. */
export async function billingFaults({ pool }: OpenDatabase): Promise<string[]> {
  const { rows } = await pool.query<Record<string, string>>(`
    select (select count(*) from ledger_entries) as delivered,
           (select count(distinct session_id) from bill_sessions where reversed_by is null) as billed,
           (select count(*) from bill_sessions) as claims,
           (select sum(net_g) from ledger_entries) as "deliveredG",
           (select sum(net_g) from bill_lines) as "billedG",
           (select sum(amount_minor) from bill_lines) as "linesMinor",
           (select sum(net_minor) from bills) as "billsMinor",
           (select sum(total_minor) from bills) as "totalMinor",
           (select sum(owed_minor) from provider_balances) as "owedMinor",
           (select count(*) from bill_runs where state <> 'issued') as "notIssued",
           (select count(*) from bills b where run_id is null or not exists
              (select from bill_runs r where r.id = b.run_id and r.bill_id = b.id)) as orphans`);
  const [found = {}] = rows;
  const same: [string, string][] = [
    ['delivered', 'billed'],
    ['delivered', 'claims'],
    ['deliveredG', 'billedG'],
    ['linesMinor', 'billsMinor'],
    ['totalMinor', 'owedMinor'],
  ];
  return [
    ...same
      .filter(([a, b]) => String(found[a]) !== String(found[b]))
      .map(([a, b]) => `${a} is ${found[a]}, ${b} is ${found[b]}`),
    ...['notIssued', 'orphans']
      .filter((name) => String(found[name]) !== '0')
      .map((name) => `${name}: ${found[name]}`),
  ];
}
