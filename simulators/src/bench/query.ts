import { parseArgs } from 'node:util';
import { openDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { startTestCloud } from '@weighgate/cloud-api/src/test-cloud.ts';
import { pino } from 'pino';
import { z } from 'zod';
import { seededRandom } from '../random.ts';
import { type AskedQuery, askedQueries } from './asked-queries.ts';
import { fillQueryData } from './query-data.ts';
import { type BenchResult, medianOf, percentileOf } from './result.ts';

const options = {
  sessions: { type: 'string', default: '5000000' },
  providers: { type: 'string', default: '1000' },
  trucks: { type: 'string', default: '20000' },
  rounds: { type: 'string', default: '300' },
  explain: { type: 'boolean', default: false },
} as const;
const sizeSchema = z.coerce.number().pipe(z.int().positive());
const WARM_ROUNDS = 20;
/** The API parses, checks who asks, and writes JSON: of its time this part at least has to be the database's. */
const GOAL = 0.4;
const fillLimits = { statementTimeoutMs: 3_600_000, lockTimeoutMs: 30_000 };

/**
 * Lists and search of the API, without sockets, against the same questions as plain SQL on the same database: half of
 * the rounds each, taking turns, every round about something else.
 * @param args `--sessions 5000000 --providers 1000 --trucks 20000 --rounds 300`; `--explain` prints the plans of the plain SQL
 */
export async function benchQuery(args: readonly string[]): Promise<BenchResult[]> {
  const { values } = parseArgs({ args: [...args], options });
  const size = {
    sessions: sizeSchema.parse(values.sessions),
    providers: sizeSchema.parse(values.providers),
    trucks: sizeSchema.parse(values.trucks),
  };
  const rounds = sizeSchema.parse(values.rounds);
  await using cloud = await startTestCloud();
  const filledMs = await timedFill(cloud.database.url, size);
  const random = seededRandom(7);
  const results: BenchResult[] = [];
  for (const query of askedQueries(size)) {
    const times = { api: [] as number[], bare: [] as number[] };
    let rows = 0;
    for (let round = -WARM_ROUNDS; round < rounds; round += 1) {
      const asked = query.ask(random);
      const api = await timeOf(async () => rowsOf(await cloud.call('GET', asked.path)));
      const bare = await timeOf(
        async () => (await cloud.database.pool.query(asked.sql, asked.parameters)).rows,
      );
      checkSame(query, asked.path, api.value, bare.value);
      if (round < 0) continue;
      times.api.push(api.ms);
      times.bare.push(bare.ms);
      rows += api.value.length;
    }
    if (values.explain) {
      const { sql, parameters } = query.ask(random);
      const plan = await cloud.database.pool.query(`explain (analyze, buffers) ${sql}`, parameters);
      for (const line of plan.rows) process.stdout.write(`${query.name}: ${line['QUERY PLAN']}\n`);
    }
    results.push(resultOf(query, times, rows / rounds, { ...size, rounds, filledMs }));
  }
  return results;
}

async function timedFill(url: string, size: Parameters<typeof fillQueryData>[1]): Promise<number> {
  await using database = await openDatabase(url, pino({ level: 'silent' }), fillLimits);
  const startedMs = performance.now();
  await fillQueryData(database, size);
  return performance.now() - startedMs;
}

async function timeOf<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const startedMs = performance.now();
  const value = await work();
  return { value, ms: performance.now() - startedMs };
}

const pageSchema = z.object({ items: z.array(z.looseObject({ id: z.union([z.string(), z.number()]) })) });

function rowsOf({ status, body }: { status: number; body: unknown }): { id: string | number }[] {
  if (status !== 200) throw new Error(`the API answered ${status}: ${JSON.stringify(body)}`);
  return pageSchema.parse(body).items;
}

/** A fast answer to another question is worth nothing. */
function checkSame(
  { name }: AskedQuery,
  path: string,
  api: { id: unknown }[],
  bare: { id: unknown }[],
): void {
  const [said, expected] = [api, bare].map((rows) => rows.map(({ id }) => id).join());
  if (said !== expected) throw new Error(`${name}: ${path} gave ${said}; plain SQL gave ${expected}`);
}

function resultOf(
  { name, about }: AskedQuery,
  { api, bare }: { api: number[]; bare: number[] },
  rows: number,
  { sessions, rounds, filledMs }: { sessions: number; rounds: number; filledMs: number },
): BenchResult {
  const figure = (times: number[]) =>
    `p50 ${medianOf(times).toFixed(2)} ms, p99 ${percentileOf(times, 99).toFixed(2)} ms`;
  return {
    name: `query.${name}`,
    value: medianOf(bare) / medianOf(api),
    goal: GOAL,
    details: [
      `${about}: ${rows.toFixed(1)} rows an answer, ${rounds} rounds over ${sessions} sessions (filled in ${(filledMs / 1000).toFixed(0)} s)`,
      `API ${figure(api)}; plain SQL ${figure(bare)}`,
    ],
  };
}
