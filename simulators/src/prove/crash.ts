import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDatabaseReadOnly } from '@weighgate/edge-agent/src/store/open-database.ts';
import { verifyStore } from '@weighgate/edge-agent/src/store/verify-store.ts';
import { systemClock } from '@weighgate/protocol';
import type { BenchResult } from '../bench/result.ts';
import { pathOf } from '../component-path.ts';
import { type Random, seededRandom } from '../random.ts';
import { openProofStore } from './filled-store.ts';
import { lossModes, PowerCutDisk } from './power-cut-disk.ts';
import type { ProofOutcome } from './proof.ts';
import { proofFolder, startProvedAgent } from './proved-agent.ts';
import { openScriptedDeck } from './scripted-deck.ts';
import { readTrace, type TracedCall, tracedSyscalls } from './syscall-trace.ts';
import { ticketNumbersIn } from './ticket-numbers-in.ts';

/** Longest string strace may write down: a page of the database and then some. */
const MAX_TRACED_BYTES = 1_000_000;

/**
 * Cuts the power of the real agent after any of its system calls: every weighing that was answered over HTTP before the
 * cut is in what the medium then holds, and the journal is intact. With `--control` the same is done to an agent whose
 * commits are not flushed, and must find losses.
 */
export async function proveCrash(args: string[]): Promise<ProofOutcome> {
  const { values } = parseArgs({
    args,
    options: {
      images: { type: 'string', default: '2000' },
      weighings: { type: 'string', default: '40' },
      seed: { type: 'string', default: '1' },
      control: { type: 'boolean', default: false },
    },
  });
  if (pathOf('strace') === undefined)
    return { kind: 'missing', what: 'strace is not installed. On Debian: apt-get install strace.' };
  const [images, weighings] = [Number(values.images), Number(values.weighings)];
  const random = seededRandom(Number(values.seed));
  const tried = await cutPower({ images, weighings, flushes: true }, random);
  const results: BenchResult[] = [
    { name: 'crash', value: tried.sound / tried.images, goal: 1, details: tried.details },
  ];
  if (values.control) {
    const control = await cutPower({ images, weighings, flushes: false }, random.fork('control'));
    const lost = control.images - control.sound;
    results.push({ name: 'crash-control-losses', value: lost, goal: 1, details: control.details });
  }
  return { kind: 'tried', results };
}

interface CrashRun {
  images: number;
  weighings: number;
  /** Whether the agent flushes its commits. */
  flushes: boolean;
}

async function cutPower({ images, weighings, flushes }: CrashRun, random: Random) {
  using folder = proofFolder('crash');
  const dataDir = join(folder.path, 'data');
  const calls = await traceAgent(folder.path, dataDir, weighings, flushes);
  const disk = new PowerCutDisk(`${dataDir}/`);
  const answered = new Set<string>();
  const changes = calls.filter((call) => isChange(call)).length;
  const cuts = Math.ceil(images / lossModes.length);
  const faults: string[] = [];
  let [sound, tried, change] = [0, 0, 0];
  for (const call of calls) {
    const answer = call.kind === 'write' ? ticketIn(call.bytes) : undefined;
    if (answer !== undefined) answered.add(answer);
    disk.take(call);
    if (!isChange(call)) continue;
    change += 1;
    // Cuts spread evenly over all changes: the k-th falls where k of `cuts` parts are done.
    if (Math.floor((change * cuts) / changes) === Math.floor(((change - 1) * cuts) / changes)) continue;
    for (const mode of lossModes) {
      if (tried >= images) break;
      tried += 1;
      const fault = faultAfter(disk.afterCut(mode, random), join(folder.path, 'image'), answered);
      if (fault === null) sound += 1;
      else faults.push(`cut after change ${change} of ${changes}, ${mode} unflushed kept: ${fault}`);
    }
  }
  const details = [
    `${flushes ? 'as it is' : 'without flush'}: ${answered.size} weighings answered, ${sound} of ${tried} images sound`,
    ...faults.slice(0, 5),
  ];
  return { images: tried, sound, details };
}

/** Runs the agent under strace, weighs, and takes it down. @returns its calls, in order */
async function traceAgent(
  folder: string,
  dataDir: string,
  weighings: number,
  flushes: boolean,
): Promise<TracedCall[]> {
  const traceFile = join(folder, 'trace');
  const filter = ['-f', '-qq', '--seccomp-bpf', '-xx', '-s', String(MAX_TRACED_BYTES)];
  const under = ['strace', ...filter, '-e', `trace=${tracedSyscalls}`, '-e', 'signal=none', '-o', traceFile];
  const patch = fileURLToPath(new URL('without-flush.ts', import.meta.url));
  await using deck = await openScriptedDeck(systemClock);
  const nodeArgs = flushes ? [] : ['--import', patch];
  await using agent = await startProvedAgent({ dataDir, deck, under, nodeArgs }, systemClock);
  for (let truck = 0; truck < weighings; truck += 1) await agent.weigh(`C-${truck}`);
  await agent.program.stop();
  return [...readTrace(readFileSync(traceFile, 'latin1'))];
}

function isChange({ kind }: TracedCall): boolean {
  return kind !== 'open' && kind !== 'close';
}

/** The ticket that an answer of the agent names; undefined when the bytes are no such answer. */
function ticketIn(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1');
  return text.startsWith('HTTP/1.1 200') ? /"ticketNo":"([^"]+)"/.exec(text)?.[1] : undefined;
}

/** Starts on what the medium holds. @returns what is wrong with it; null when nothing is */
function faultAfter(
  files: ReadonlyMap<string, Buffer>,
  imageDir: string,
  answered: ReadonlySet<string>,
): string | null {
  rmSync(imageDir, { recursive: true, force: true });
  mkdirSync(imageDir, { recursive: true });
  for (const [path, bytes] of files) {
    // The shared-memory index is made anew at every start; the lock lives with its process.
    if (!/-shm$|agent\.lock/.test(path)) writeFileSync(join(imageDir, basename(path)), bytes);
  }
  try {
    openProofStore(imageDir)[Symbol.dispose]();
    const verdict = verifyStore(imageDir);
    if (verdict.kind === 'broken') return `broken at entry ${verdict.brokenAtSeq}: ${verdict.detail}`;
    const database = openDatabaseReadOnly(imageDir);
    try {
      const pages = database.pragma('quick_check', { simple: true });
      if (pages !== 'ok') return `quick_check: ${pages}`;
      const breaks = database.prepare('SELECT detail FROM seal_breaks').pluck().all();
      if (breaks.length > 0) return `seal broken: ${breaks.join(', ')}`;
      const missing = answered.difference(ticketNumbersIn(database));
      return missing.size === 0 ? null : `${missing.size} answered weighings are lost`;
    } finally {
      database.close();
    }
  } catch (error) {
    return (error as Error).message;
  }
}
