import { randomBytes } from 'node:crypto';
import { cpSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type OpenDatabase, openDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { startEmbeddedPostgres } from '@weighgate/cloud-api/src/store/embedded-postgres.ts';
import { idMaker, systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { residentMb } from '../bench/resident-mb.ts';
import { type BenchResult, percentileOf } from '../bench/result.ts';
import { pathOf } from '../component-path.ts';
import { startCloudProgram } from '../demo/cloud-program.ts';
import { DEVICE, type EdgeProgram, type EdgeSettings, SITE, startEdgeProgram } from '../demo/edge-program.ts';
import { DEPLOYED_NODE_ARGS } from '../demo/plant-files.ts';
import { readEdgeJournal } from '../demo/read-edge-journal.ts';
import { makeServerCertificate } from '../demo/server-certificate.ts';
import { freePort } from '../free-port.ts';
import { seededRandom } from '../random.ts';
import { startSecuredMosquitto } from '../secured-mosquitto.ts';
import { weighOn } from '../weigh-on.ts';
import { type Claim, outcomeOf } from './claims.ts';
import { walkCloudChain } from './cloud-chain.ts';
import type { ProofOutcome } from './proof.ts';
import { proofFolder } from './proved-agent.ts';
import { scaleIdOf, scalesOn } from './scales-on.ts';
import { openScriptedDeck, type ScriptedDeck } from './scripted-deck.ts';
import { type Season, weighSeason } from './season.ts';

/** Forty-five thousand flushes take minutes on a disk, and are not what is tried. */
const MEMORY_DISK = '/dev/shm';
const DAYS = 90;
const SCALES = 6;
const SAMPLE_MS = 100;
const WEIGHING_TIMEOUT_MS = 30_000;
/** For the link to come back, and for every thousand entries. */
const RECONNECT_MS = 90_000;
const MS_PER_THOUSAND = 10_000;
/** Memory that a backlog may cost the agent: sync must not hold it in hand. */
const MAX_GROWTH_MB = 50;
/** Fewer weighings than this have no 99th percentile worth a verdict. */
const ENOUGH_WEIGHINGS = 50;
/** One machine does the work of two, of a broker and of a database meanwhile. */
const LATENCY_GOAL = 0.1;

const clock = systemClock;
const makeId = idMaker(clock);

/**
 * Ninety days without a network, then a cloud: every entry arrives once and in order, the ledger says what was weighed,
 * and meanwhile trucks are weighed as before.
 */
export async function proveOffline90(args: string[]): Promise<ProofOutcome> {
  const { values } = parseArgs({
    args,
    options: {
      entries: { type: 'string', default: '45000' },
      seed: { type: 'string', default: '1' },
      before: { type: 'string', default: '60' },
    },
  });
  if (pathOf('mosquitto') === undefined) return { kind: 'missing', what: 'mosquitto is not installed' };
  const entries = Number(values.entries);
  await using undo = new AsyncDisposableStack();
  const folder = undo.use(proofFolder('offline90'));
  const dir = folder.path;
  const startedMs = clock.monotonicMs();
  const season = seasonIn(join(dir, 'edge'), entries, Number(values.seed));
  const seasonMs = clock.monotonicMs() - startedMs;

  await makeServerCertificate(dir, join(dir, 'broker', 'certs'));
  const broker = undo.use(await startSecuredMosquitto({ dir: join(dir, 'broker'), port: await freePort() }));
  const log = pino({ level: 'silent' });
  const dataDir = join(dir, 'postgres');
  const postgres = undo.use(await startEmbeddedPostgres({ dataDir, port: 0, clock, log, randomBytes }));
  const cloudSettings = {
    httpPort: 0,
    mqtt: { url: broker.url, username: 'cloud' },
    databaseUrl: postgres.url,
  };
  const cloud = undo.use(await startCloudProgram(dir, cloudSettings, { clock }));
  await cloud.client.registerProduce('orange');

  const decks = await Promise.all(Array.from({ length: SCALES }, () => openScriptedDeck(clock)));
  for (const deck of decks) undo.use(deck);
  await broker.stop();
  const edge = undo.use(await startEdge(dir, decks, { url: broker.url, enrolWith: cloud.api }));
  const before = await weighSome(edge, decks, 'B', (count) => count >= Number(values.before));
  const headSeq = (await edge.client.sync()).headSeq;

  await broker.start();
  const firstMb = residentMb(edge.program.pid);
  let mostMb = firstMb;
  let streamedMs = 0;
  let isDelivered = false;
  const watching = (async () => {
    let firstAckMs: number | undefined;
    const deadlineMs = clock.monotonicMs() + RECONNECT_MS + (headSeq / 1000) * MS_PER_THOUSAND;
    while (!isDelivered && clock.monotonicMs() < deadlineMs) {
      mostMb = Math.max(mostMb, residentMb(edge.program.pid));
      const { ackedSeq } = await edge.client.sync();
      if (ackedSeq > 0) firstAckMs ??= clock.monotonicMs();
      isDelivered = ackedSeq >= headSeq;
      streamedMs = clock.monotonicMs() - (firstAckMs ?? clock.monotonicMs());
      await clock.sleep(SAMPLE_MS);
    }
    return isDelivered || clock.monotonicMs() >= deadlineMs;
  })();
  let isOver = false;
  void watching.then(() => {
    isOver = true;
  });
  const during = await weighSome(edge, decks, 'D', () => isOver);
  await watching;
  const weighed = before.length + during.length;
  const claims: Claim[] = [[`the backlog of ${headSeq} entries was acknowledged`, isDelivered]];
  if (isDelivered) {
    await edge.client.untilAcknowledged((await edge.client.sync()).headSeq, RECONNECT_MS);
    await using database = await openDatabase(postgres.url, log);
    claims.push(...(await claimsOf(database, edge, season, weighed)));
  }
  const told = outcomeOf('offline90', claims);
  if (told.kind !== 'tried') return told;
  const measured = [memoryOf(firstMb, mostMb), ...latencyOf(before, during)];
  const details = [
    `${season.headSeq} entries of ${season.visits} visits made offline with stamps of ${DAYS} days, in ${Math.round(seasonMs / 1000)} s`,
    `acknowledged in ${(streamedMs / 1000).toFixed(1)} s after the first receipt`,
    'not tried: a link that is bad while it catches up (the soak does), certificates that ran out meanwhile (renewal has tests of its own)',
  ];
  const results = told.results.map((result) => ({ ...result, details: [...details, ...result.details] }));
  return { kind: 'tried', results: [...results, ...measured] };
}

/** Weighs the season on a disk in memory where there is one, and puts it where the agent will find it. */
function seasonIn(dataDir: string, entries: number, seed: number): Season {
  using quick = proofFolder('season', existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir());
  const settings = { dataDir: quick.path, device: DEVICE, site: SITE, entries, days: DAYS };
  const season = weighSeason(settings, seededRandom(seed));
  cpSync(quick.path, dataDir, { recursive: true });
  return season;
}

function startEdge(
  dir: string,
  decks: readonly ScriptedDeck[],
  mqtt: EdgeSettings['mqtt'],
): Promise<EdgeProgram> {
  const line = { kind: 'tcp', port: decks[0]?.port ?? 0 } as const;
  return startEdgeProgram(
    dir,
    {
      httpPort: 0,
      line,
      mqtt,
      speed: 1,
      nodeArgs: DEPLOYED_NODE_ARGS,
      more: { site: { scales: scalesOn(decks) } },
    },
    { clock },
  );
}

/** Weighs trucks in on every scale at once. @param enough asked with the number weighed so far @returns ms per answer */
async function weighSome(
  edge: EdgeProgram,
  decks: readonly ScriptedDeck[],
  name: string,
  enough: (count: number) => boolean,
): Promise<number[]> {
  const answeredInMs: number[] = [];
  const weighOnOne = async (deck: ScriptedDeck, index: number) => {
    const parts = { api: () => edge.api, deck, scale: scaleIdOf(index), clock };
    for (let truck = 0; !enough(answeredInMs.length); truck += 1) {
      const wish = {
        direction: 'in',
        truck: `${name}-${index}-${truck}`,
        kg: 20_000 + 20 * truck,
        idempotencyKey: makeId(),
      } as const;
      const outcome = await weighOn(parts, wish, WEIGHING_TIMEOUT_MS);
      if (outcome.kind !== 'weighed')
        throw new Error(`${wish.truck} was not weighed: ${JSON.stringify(outcome)}`);
      answeredInMs.push(outcome.answeredInMs);
    }
  };
  await Promise.all(decks.map(weighOnOne));
  return answeredInMs;
}

interface Counted {
  entries: number;
  uuids: number;
  last: number;
  repeats: number;
  parked: number;
  forks: number;
  deliveries: number;
  netG: number;
  openSessions: number;
}

async function claimsOf(
  database: OpenDatabase,
  edge: EdgeProgram,
  season: Season,
  weighed: number,
): Promise<Claim[]> {
  const journal = readEdgeJournal(edge.dataDir);
  const head = journal.links.at(-1);
  const { rows } = await database.pool.query<Counted>(`
    select (select count(*) from journal_entries) as entries,
           (select count(distinct uuid) from journal_entries) as uuids,
           (select max(seq) from journal_entries) as last,
           (select count(*) from journal_entries where repeats_uuid) as repeats,
           (select count(*) from parked_entries) as parked,
           (select count(*) from ingest_forks) as forks,
           (select count(*) from ledger_entries) as deliveries,
           (select coalesce(sum(net_g), 0)::bigint from ledger_entries) as "netG",
           (select count(*) from weighing_sessions where state = 'open') as "openSessions"`);
  const [found] = rows;
  if (found === undefined) throw new Error('a select of counts has one row');
  const walk = await walkCloudChain(database, journal);
  return [
    [
      `${found.entries} entries in the cloud, each id once, of ${journal.links.length} at the agent`,
      found.entries === journal.links.length && found.uuids === found.entries && found.repeats === 0,
    ],
    [`the last has number ${found.last}, so there is no gap`, found.last === journal.links.length],
    [
      `the chain of ${journal.links.length} entries verifies, and ends with the hash that the agent has`,
      walk.kind === 'intact' && walk.headHash === head?.hash,
    ],
    [
      `${found.deliveries} deliveries in the ledger for ${season.visits} visits`,
      found.deliveries === season.visits,
    ],
    [`${found.netG / 1000} kg in the ledger, as weighed`, found.netG === season.netG],
    [`${found.openSessions} trucks are inside, as weighed meanwhile`, found.openSessions === weighed],
    [`nothing parked, no fork`, found.parked === 0 && found.forks === 0],
  ];
}

function memoryOf(firstMb: number, mostMb: number): BenchResult {
  const details = [
    `agent of ${firstMb.toFixed(0)} MB, at most ${mostMb.toFixed(0)} MB while it caught up; value: MB left of ${MAX_GROWTH_MB}`,
  ];
  return { name: 'offline90_memory', value: MAX_GROWTH_MB - (mostMb - firstMb), goal: 0, details };
}

function latencyOf(before: readonly number[], during: readonly number[]): BenchResult[] {
  if (during.length < ENOUGH_WEIGHINGS || before.length < ENOUGH_WEIGHINGS) return [];
  const [calm, busy] = [percentileOf(before, 99), percentileOf(during, 99)];
  const details = [
    `a weighing answered in ${calm.toFixed(1)} ms before (p99 of ${before.length}), in ${busy.toFixed(1)} ms during (of ${during.length})`,
    `median ${percentileOf(before, 50).toFixed(1)} ms before, ${percentileOf(during, 50).toFixed(1)} ms during`,
  ];
  return [{ name: 'offline90_latency', value: calm / busy, goal: LATENCY_GOAL, details }];
}
