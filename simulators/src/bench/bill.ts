import { parseArgs } from 'node:util';
import { computeDrafts } from '@weighgate/cloud-api/src/billing/runs/compute-drafts.ts';
import { draftRuns } from '@weighgate/cloud-api/src/billing/runs/draft-runs.ts';
import type { OpenDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { isoInstant } from '@weighgate/protocol';
import { z } from 'zod';
import { filledPeriod, openAsProgram, runPartsOf, startBillBooks } from './bill-books.ts';
import { fillBillData } from './bill-data.ts';
import { residentMb } from './resident-mb.ts';
import { type BenchResult, medianOf, perSecond } from './result.ts';

const options = {
  sessions: { type: 'string', default: '1000000' },
  providers: { type: 'string', default: '1000' },
  rounds: { type: 'string', default: '5' },
} as const;
const sizeSchema = z.coerce.number().pipe(z.int().positive());
const GOAL = 0.5;
/** Most that this process may grow by while it bills, whatever the number of sessions. */
const GROWTH_MB = 48;

/** What somebody would write by hand to know what is owed: one statement, nothing but sums. */
const handWritten = `
  select l.provider_id as "providerId", sum(x.amount) as "totalMinor", sum(x.net_g) as "netG"
    from (select l.provider_id, coalesce(own.id, general.id) as rate_id, sum(l.net_g) as net_g,
                 round(sum(l.net_g) * coalesce(own.rate_per_kg_minor, general.rate_per_kg_minor) / 1000) as amount
            from ledger_entries l
            left join rates own
              on own.produce = l.produce and own.provider_id = l.provider_id
             and l.weighed_out_at >= coalesce(own.valid_from, '-infinity')
             and l.weighed_out_at < coalesce(own.valid_to, 'infinity')
            left join rates general
              on general.produce = l.produce and general.provider_id is null
             and l.weighed_out_at >= coalesce(general.valid_from, '-infinity')
             and l.weighed_out_at < coalesce(general.valid_to, 'infinity')
           where l.weighed_out_at >= $1 and l.weighed_out_at < $2
           group by l.provider_id, coalesce(own.id, general.id),
                    coalesce(own.rate_per_kg_minor, general.rate_per_kg_minor)) x
    join (select id as provider_id from providers) l using (provider_id)
   group by l.provider_id
   order by l.provider_id`;

/**
 * A bill over all sessions of one provider, and a run over many providers, against one SQL aggregate written by hand on the
 * same data: both have to come to the same amounts, taking turns.
 * @param args `--sessions 1000000 --providers 1000 --rounds 5`
 */
export async function benchBill(args: readonly string[]): Promise<BenchResult[]> {
  const { values } = parseArgs({ args: [...args], options });
  const sessions = sizeSchema.parse(values.sessions);
  const rounds = sizeSchema.parse(values.rounds);
  const one = await measure('bill', { sessions, providers: 1 }, rounds);
  const many = await measure('bill-run', { sessions, providers: sizeSchema.parse(values.providers) }, rounds);
  const growthMb = Math.max(one.growthMb, many.growthMb);
  return [
    one.result,
    many.result,
    {
      name: 'bill-memory',
      value: GROWTH_MB / Math.max(1, growthMb),
      goal: 1,
      details: [
        `this process grew by ${growthMb.toFixed(0)} MB at most while it billed ${sessions} sessions`,
      ],
    },
  ];
}

async function measure(name: string, size: { sessions: number; providers: number }, rounds: number) {
  await using books = await startBillBooks(name);
  await fillBillData(books.owner, size);
  await using database = await openAsProgram(books.url, 4);
  const parts = runPartsOf(database.db);
  const providerIds = Array.from({ length: size.providers }, (_, index) => 10_001 + index);
  const times = { ours: [] as number[], bare: [] as number[] };
  let growthMb = 0;
  for (let round = -1; round < rounds; round += 1) {
    const beforeMb = residentMb(process.pid);
    const ours = await timeOf(async () => {
      // A draft that stands is only looked at again; each round makes them anew.
      if (size.providers === 1)
        return (await computeDrafts(database.db, filledPeriod, providerIds, parts)).map(totalOf);
      await draftRuns(filledPeriod, undefined, parts);
      return [];
    });
    growthMb = Math.max(growthMb, residentMb(process.pid) - beforeMb);
    const bare = await timeOf(() => askByHand(database));
    const said = size.providers === 1 ? ours.value : await draftedTotals(database);
    if (JSON.stringify(said) !== JSON.stringify(bare.value))
      throw new Error(`${name}: the amounts are not the same`);
    await books.owner.pool.query('delete from bill_runs');
    if (round < 0) continue;
    times.ours.push(ours.ms);
    times.bare.push(bare.ms);
  }
  const [oursMs, bareMs] = [medianOf(times.ours), medianOf(times.bare)];
  const result: BenchResult = {
    name,
    value: bareMs / oursMs,
    goal: GOAL,
    details: [
      `${size.sessions} sessions of ${size.providers} providers: ${oursMs.toFixed(0)} ms, ${perSecond(size.sessions, oursMs)}`,
      `one SQL aggregate written by hand: ${bareMs.toFixed(0)} ms, the same amounts; ${rounds} rounds each, in turns`,
    ],
  };
  return { result, growthMb };
}

type Total = { providerId: number; totalMinor: string; netG: string };

function totalOf({ seller, figures }: Awaited<ReturnType<typeof computeDrafts>>[number]): Total {
  return { providerId: seller.providerId, totalMinor: figures.totals.totalMinor, netG: figures.totals.netG };
}

async function askByHand({ pool }: OpenDatabase): Promise<Total[]> {
  const { rows } = await pool.query<Total>(handWritten, [
    isoInstant(filledPeriod.fromMs),
    isoInstant(filledPeriod.toMs),
  ]);
  return rows;
}

async function draftedTotals({ pool }: OpenDatabase): Promise<Total[]> {
  const { rows } = await pool.query<Total>(`
    select provider_id as "providerId", figures::json #>> '{totals,totalMinor}' as "totalMinor",
           figures::json #>> '{totals,netG}' as "netG"
      from bill_runs
     order by provider_id`);
  return rows;
}

async function timeOf<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const startedMs = performance.now();
  const value = await work();
  return { value, ms: performance.now() - startedMs };
}
