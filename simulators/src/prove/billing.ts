import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '@weighgate/protocol';
import { z } from 'zod';
import { openAsProgram, startBillBooks } from '../bench/bill-books.ts';
import { fillBillData } from '../bench/bill-data.ts';
import { type Random, seededRandom } from '../random.ts';
import { billAll } from './bill-all.ts';
import { billingFaults, dailyPeriods, seriesFaults } from './bill-books-sound.ts';
import type { ProofOutcome } from './proof.ts';

const options = {
  kills: { type: 'string', default: '200' },
  seed: { type: 'string', default: '1' },
} as const;
const sizeSchema = z.coerce.number().pipe(z.int().positive());
const SESSIONS_PER_PROVIDER_AND_DAY = 3;
/** Every so many kills take the whole process and not one of its connections. */
const PROCESS_EVERY = 10;
const MAX_PAUSE_MS = 60;
const program = join(import.meta.dirname, 'billing-program.ts');

/**
 * Everybody is billed for each day of a month by three at once: two programs and this one. Meanwhile their connections are cut
 * in the middle of whatever statement is running, and the programs are killed and started again. Then every session has to
 * stand on one bill, and the sums have to agree.
 * @param args `--kills 200 --seed 1`
 */
export async function proveBilling(args: string[]): Promise<ProofOutcome> {
  const { values } = parseArgs({ args, options });
  const kills = sizeSchema.parse(values.kills);
  const random = seededRandom(sizeSchema.parse(values.seed));
  const providers = Math.max(2, Math.ceil(kills / 8));
  const sessions = providers * dailyPeriods().length * SESSIONS_PER_PROVIDER_AND_DAY;
  await using books = await startBillBooks('billing');
  await fillBillData(books.owner, { sessions, providers });
  const cut = await billUnderFire(books, kills, random);
  const faults = [...(await billingFaults(books.owner)), ...(await seriesFaults(books.owner))];
  const bills = await books.owner.pool.query<{ n: number }>('select count(*) as n from bills');
  return {
    kind: 'tried',
    results: [
      {
        name: 'billing',
        value: faults.length === 0 && cut.connections + cut.processes >= kills ? 1 : 0,
        goal: 1,
        details: [
          `${sessions} sessions of ${providers} providers on ${bills.rows[0]?.n} bills, by three at once`,
          `${cut.connections} connections cut in the middle of a statement, ${cut.processes} processes killed`,
          ...faults.slice(0, 20),
          'not tried: the server itself going down (see prove -- kill9 and the test of a dying PostgreSQL), voids during a run',
        ],
      },
    ],
  };
}

async function billUnderFire(
  books: { url: string; owner: Parameters<typeof cutOne>[0] },
  kills: number,
  random: Random,
): Promise<{ connections: number; processes: number }> {
  const cut = { connections: 0, processes: 0 };
  await using database = await openAsProgram(books.url, 2);
  const children = [start(books.url), start(books.url)];
  const isBusy = { here: true };
  const here = billAll(database, dailyPeriods(), () => undefined).finally(() => {
    isBusy.here = false;
  });
  while (cut.connections + cut.processes < kills && (isBusy.here || children.some(isRunning))) {
    await systemClock.sleep(random.between(0, MAX_PAUSE_MS));
    const [child] = children;
    if ((cut.connections + cut.processes) % PROCESS_EVERY === PROCESS_EVERY - 1 && child !== undefined) {
      if (isRunning(child)) await stop(child);
      children.splice(0, 1);
      children.push(start(books.url));
      cut.processes += 1;
    } else if (await cutOne(books.owner)) cut.connections += 1;
  }
  await here;
  for (const child of children) {
    if (isRunning(child)) await once(child, 'exit');
    if (child.exitCode !== 0) throw new Error(`a program that bills ended with ${child.exitCode}`);
  }
  return cut;
}

/** Cuts one connection of those who bill that is in the middle of a statement or a transaction. */
async function cutOne({ pool }: Awaited<ReturnType<typeof openAsProgram>>): Promise<boolean> {
  const { rowCount } = await pool.query(`
    select pg_terminate_backend(pid)
      from (select pid
              from pg_stat_activity
             where pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle'
             order by random()
             limit 1) busy`);
  return rowCount === 1;
}

function start(url: string): ChildProcess {
  return spawn(process.execPath, [program, url], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
