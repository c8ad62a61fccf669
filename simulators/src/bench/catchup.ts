import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { registerSigningKey } from '@weighgate/cloud-api/src/fleet/signing-keys.ts';
import type { OpenDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { openStore } from '@weighgate/edge-agent/src/store/open-store.ts';
import { idMaker, systemClock } from '@weighgate/protocol';
import { z } from 'zod';
import { DEVICE, SITE, startProvedAgent } from '../prove/proved-agent.ts';
import { openScriptedDeck } from '../prove/scripted-deck.ts';
import { copyRows } from './copy-rows.ts';
import { cpuSeconds, familyOf } from './cpu-seconds.ts';
import { fillBacklog } from './fill-backlog.ts';
import { nodeArgsOf, unitFile } from './footprint.ts';
import { startMeasuredCloud } from './measured-cloud.ts';
import { residentMb } from './resident-mb.ts';
import { type BenchResult, perSecond } from './result.ts';

const SESSIONS = 20_000;
/** Files in memory, on Linux. */
const MEMORY_DIR = '/dev/shm';
const LIMIT_RSS_MB = 50;
const IDLE_MS = 5_000;
const POLL_MS = 100;
const STALLED_MS = 60_000;

const clock = systemClock;
const makeId = idMaker(clock);
const countSchema = z.coerce.number().pipe(z.int());

/**
 * A backlog of whole visits from the real journal of one agent, through Mosquitto into PostgreSQL: chain, signatures and
 * nets checked, sessions and ledger made of it. Against COPY of the rows that came of it into an empty copy of the database.
 * @param args `--sessions N`: visits in the backlog, 20,000 when left out
 */
export async function benchCatchup(args: readonly string[]): Promise<BenchResult[]> {
  const { values } = parseArgs({ args: [...args], options: { sessions: { type: 'string' } } });
  const sessions = countSchema.parse(values.sessions ?? SESSIONS);
  await using cloud = await startMeasuredCloud('catchup');
  const dataDir = join(cloud.path, 'edge', 'data');
  mkdirSync(dataDir, { recursive: true });
  const { publicKey, headSeq } = fillJournal(dataDir, sessions);
  const { database } = cloud;
  await database.db
    .transaction()
    .execute((trx) => registerSigningKey(trx, { device: DEVICE, publicKey }, clock));

  await using deck = await openScriptedDeck(clock);
  const passwordFile = join(cloud.path, 'edge', 'password');
  writeFileSync(passwordFile, 'none is asked for\n');
  const config = { mqtt: { url: cloud.brokerUrl, passwordFile } };
  const nodeArgs = nodeArgsOf(readFileSync(unitFile, 'utf8'));
  await using agent = await startProvedAgent({ dataDir, deck, config, nodeArgs }, clock);
  await clock.sleep(IDLE_MS);
  const idleMb = residentMb(agent.program.pid);

  const program = await cloud.serve();
  const used = {
    cloud: cpuMeter(() => [program.pid]),
    agent: cpuMeter(() => [agent.program.pid]),
    broker: cpuMeter(() => [cloud.pids.broker]),
    postgres: cpuMeter(() => familyOf(cloud.pids.postgres)),
  };
  const startedMs = clock.monotonicMs();
  let mostMb = idleMb;
  const endedMs = await untilAllIn(database, headSeq, () => {
    mostMb = Math.max(mostMb, residentMb(agent.program.pid));
  });
  const cpu = Object.entries(used).map(([name, seconds]) => `${name} ${seconds().toFixed(1)} s`);
  const cloudMb = residentMb(program.pid);
  await program.stop();
  const caughtUpMs = endedMs - startedMs;
  await checkStored(database, sessions);

  await using empty = await cloud.another('copied');
  const copyMs = await copyRows(database, empty, cloud.path);
  const { rows } = await empty.pool.query<{ n: string }>('select count(*) as n from ledger_entries');
  if (Number(rows[0]?.n) !== sessions) throw new Error('COPY did not copy the ledger');
  return [
    {
      name: 'catchup',
      value: copyMs / caughtUpMs,
      goal: 0.35,
      details: [
        `${sessions} sessions (${headSeq} entries) caught up in ${(caughtUpMs / 1000).toFixed(1)} s: ${perSecond(sessions, caughtUpMs)}`,
        `the same rows by COPY into an empty database: ${perSecond(sessions, copyMs)}`,
        `processor time of it: ${cpu.join(', ')}`,
        `the cloud at the end: ${cloudMb.toFixed(0)} MB resident`,
      ],
    },
    {
      name: 'catchup-agent-memory',
      value: LIMIT_RSS_MB / Math.max(1, mostMb - idleMb),
      goal: 1,
      details: [
        `the agent on this journal: ${idleMb.toFixed(1)} MB idle, ${mostMb.toFixed(1)} MB at most while sending`,
      ],
    },
  ];
}

/** @returns what processes use from now on, in seconds: those of them that still run when it is asked */
function cpuMeter(pids: () => readonly number[]): () => number {
  const sum = () => pids().reduce((seconds, pid) => seconds + cpuSeconds(pid), 0);
  const before = sum();
  return () => sum() - before;
}

/** @returns the key the journal is signed with, and its last entry */
function fillJournal(dataDir: string, sessions: number): { publicKey: string; headSeq: number } {
  // In memory a commit waits for no disk; the finished journal is then put where the agent reads it.
  const draft = mkdtempSync(join(existsSync(MEMORY_DIR) ? MEMORY_DIR : tmpdir(), 'weighgate-backlog-'));
  try {
    const filled = fillStoreIn(draft, sessions);
    cpSync(draft, dataDir, { recursive: true });
    return filled;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function fillStoreIn(dataDir: string, sessions: number): { publicKey: string; headSeq: number } {
  using store = openStore(
    { dataDir, device: DEVICE, site: SITE },
    { clock, makeId, bootId: 'backlog', processId: process.pid },
  );
  fillBacklog(store, sessions, makeId);
  return { publicKey: store.key.publicKey, headSeq: store.journal.head().seq };
}

/** @returns when the last delivery was in the ledger, on the monotonic clock */
async function untilAllIn(database: OpenDatabase, headSeq: number, look: () => void): Promise<number> {
  let [seq, movedMs] = [0, clock.monotonicMs()];
  for (;;) {
    look();
    const { rows } = await database.pool.query<{ seq: number }>(
      'select coalesce(max(contiguous_seq), 0) as seq from ingest_positions',
    );
    const now = clock.monotonicMs();
    const reached = rows[0]?.seq ?? 0;
    if (reached >= headSeq) return now;
    if (reached > seq) [seq, movedMs] = [reached, now];
    if (now - movedMs > STALLED_MS) throw new Error(`nothing moved after entry ${seq}`);
    await clock.sleep(POLL_MS);
  }
}

/** Every session closed and delivered once, every signature verified, nothing parked. */
async function checkStored(database: OpenDatabase, sessions: number): Promise<void> {
  const { rows } = await database.pool.query<Record<string, number>>(`
    select (select count(*) from weighing_sessions where state = 'closed') as closed,
           (select count(distinct session_id) from ledger_entries) as delivered,
           (select count(*) from ledger_entries) as deliveries,
           (select count(*) from registered_weights) as weights,
           (select count(*) from journal_entries where signature_state <> 'verified') as unverified,
           (select count(*) from parked_entries) as parked`);
  const expected = {
    closed: sessions,
    delivered: sessions,
    deliveries: sessions,
    weights: 2 * sessions,
    unverified: 0,
    parked: 0,
  };
  const found = JSON.stringify(rows[0]);
  if (found !== JSON.stringify(expected))
    throw new Error(`expected ${JSON.stringify(expected)}, found ${found}`);
}
