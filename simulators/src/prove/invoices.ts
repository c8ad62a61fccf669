import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { theCloud } from '@weighgate/cloud-api/src/audit/record-change.ts';
import { decideRun } from '@weighgate/cloud-api/src/billing/runs/approve-run.ts';
import { draftRuns } from '@weighgate/cloud-api/src/billing/runs/draft-runs.ts';
import { issueRun } from '@weighgate/cloud-api/src/billing/runs/issue-run.ts';
import type { OpenDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { systemClock } from '@weighgate/protocol';
import { z } from 'zod';
import { filledPeriod, openAsProgram, runPartsOf, startBillBooks } from '../bench/bill-books.ts';
import { fillBillData } from '../bench/bill-data.ts';
import { billingFaults, seriesFaults } from './bill-books-sound.ts';
import type { ProofOutcome } from './proof.ts';

const options = { parallel: { type: 'string', default: '1000' } } as const;
const sizeSchema = z.coerce.number().pipe(z.int().positive());
/** PostgreSQL admits a hundred; some are for those who attack and look. */
const CONNECTIONS = 80;
const SESSIONS_EACH = 2;
/** One connection is cut for so many runs, or else nothing would ever be done. */
const RUNS_PER_CUT = 5;
const PAUSE_MS = 20;
const isCurrent = () => true;

/** What nobody may do to what was issued, as the role that the program works as. */
const edits = [
  'update bills set total_minor = total_minor + 1, net_minor = net_minor + 1',
  'update bills set frozen_text = frozen_text',
  'delete from bills',
  'truncate bills cascade',
  'update bill_lines set amount_minor = 0',
  'delete from bill_lines',
  'truncate bill_lines',
  'update bill_sessions set net_g = net_g + 1',
  'delete from bill_sessions',
  'truncate bill_sessions',
  'update bill_series set last_number = last_number',
  'update bill_series set last_number = 0',
  'delete from bill_series',
  'delete from bill_runs',
  'update account_postings set amount_minor = 0',
  'delete from account_transactions',
  'alter table bills disable trigger all',
  'drop trigger bills_append_only on bills',
  'drop table bills cascade',
  "set session_replication_role = 'replica'",
];

/**
 * So many runs are issued at once on a real PostgreSQL, while connections are cut at random and somebody tries to change what
 * was issued. Then numbers have to stand without a gap and in one chain, every session on one bill, and every text as it was.
 * @param args `--parallel 1000`
 */
export async function proveInvoices(args: string[]): Promise<ProofOutcome> {
  const { values } = parseArgs({ args, options });
  const parallel = sizeSchema.parse(values.parallel);
  await using books = await startBillBooks('invoices');
  await fillBillData(books.owner, { sessions: parallel * SESSIONS_EACH, providers: parallel });
  await using database = await openAsProgram(books.url, CONNECTIONS);
  const parts = runPartsOf(database.db);
  await draftRuns(filledPeriod, undefined, parts);
  const { rows } = await database.pool.query<{ id: string }>('select id from bill_runs');
  for (const { id } of rows) {
    await decideRun(database.db, { runId: id, event: 'approve', by: theCloud, isCurrent }, parts);
  }
  const state = { isOver: false, aborts: 0, edited: [] as string[], tried: 0 };
  await using attacker = await openAsProgram(books.url, 1);
  const around = Promise.all([
    cutConnections(books.owner, state, parallel / RUNS_PER_CUT),
    tryToEdit(attacker, state),
  ]);
  const issued = await Promise.all(rows.map(({ id }) => issueUntilDone(id, parts))).finally(async () => {
    state.isOver = true;
    await around;
  });

  const before = await textsOf(books.owner);
  await tryEach(attacker, state);
  const faults = [...(await seriesFaults(books.owner)), ...(await billingFaults(books.owner))];
  if (new Set(issued).size !== parallel)
    faults.push(`${parallel} issues gave ${new Set(issued).size} numbers`);
  if ((await textsOf(books.owner)) !== before) faults.push('the texts of bills are not what they were');
  return {
    kind: 'tried',
    results: [
      {
        name: 'invoices',
        value: faults.length === 0 ? 1 : 0,
        goal: 1,
        details: [
          `${parallel} runs issued at once over ${CONNECTIONS} connections, ${state.aborts} of them cut in the middle`,
          ...faults.slice(0, 20),
        ],
      },
      {
        name: 'invoices-edits',
        value: state.edited.length === 0 ? 1 : 0,
        goal: 1,
        details: [
          `${state.tried} edits tried as the role that the program works as`,
          ...state.edited.slice(0, 20).map((statement) => `was let through: ${statement}`),
          'not tried: the owner of the tables and the superuser, who can switch triggers off; the hash chain then shows it',
        ],
      },
    ],
  };
}

interface Fire {
  isOver: boolean;
  aborts: number;
  edited: string[];
  tried: number;
}

/** @returns the number on the bill */
async function issueUntilDone(runId: string, parts: ReturnType<typeof runPartsOf>): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      const issued = await issueRun({ runId, by: theCloud, isCurrent, withoutAllocation: false }, parts);
      if (issued.kind === 'issued') return issued.bill.numberText;
      // Cut after the commit: it was issued, and nobody told us.
      if (issued.kind !== 'wrong_state' || issued.state !== 'issued') throw new Error(JSON.stringify(issued));
      const row = await parts.db
        .selectFrom('bills')
        .select('number_text')
        .where('run_id', '=', runId)
        .executeTakeFirstOrThrow();
      return row.number_text;
    } catch (error) {
      if (tries >= 100) throw error;
    }
  }
}

async function cutConnections({ pool }: OpenDatabase, state: Fire, cuts: number): Promise<void> {
  while (!state.isOver && state.aborts < cuts) {
    const { rowCount } = await pool.query(`
      select pg_terminate_backend(pid)
        from (select a.pid
                from pg_stat_activity a
               where a.pid <> pg_backend_pid() and a.state in ('active', 'idle in transaction')
                 and a.backend_type = 'client backend'
               order by random()
               limit 1) busy`);
    state.aborts += rowCount ?? 0;
    await systemClock.sleep(PAUSE_MS);
  }
}

async function tryToEdit(attacker: OpenDatabase, state: Fire): Promise<void> {
  while (!state.isOver) {
    await tryEach(attacker, state);
    await systemClock.sleep(PAUSE_MS);
  }
}

async function tryEach({ pool }: OpenDatabase, state: Fire): Promise<void> {
  for (const statement of edits) {
    try {
      const { rowCount } = await pool.query(statement);
      // What touched no row changed nothing; there are rows as soon as the first bill is issued.
      if (rowCount !== 0) state.edited.push(statement);
      else continue;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
    state.tried += 1;
  }
}

async function textsOf({ pool }: OpenDatabase): Promise<string> {
  const { rows } = await pool.query<{ text: string }>(`
    select b::text as text from bills b
    union all select l::text from bill_lines l
    union all select s::text from bill_sessions s
    order by 1`);
  return createHash('sha256')
    .update(rows.map(({ text }) => text).join('\n'))
    .digest('hex');
}
