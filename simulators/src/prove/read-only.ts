import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { scriptOf, writeConfig } from '../demo/plant-files.ts';
import { mayMount, mountExt4Disk } from '../small-disk.ts';
import { type Claim, outcomeOf } from './claims.ts';
import { endOf } from './end-of.ts';
import type { ProofOutcome } from './proof.ts';
import { DEVICE, type ProvedAgent, proofFolder, SITE, startProvedAgent } from './proved-agent.ts';
import { openScriptedDeck } from './scripted-deck.ts';

const DISK_MIB = 64;
const NOTICE_MS = 12_000;

/**
 * Lets the file system of the data folder find an error in itself and go read-only under the running agent: the agent
 * sees it and ends, no weighing is answered for, and the last tickets can still be read, verified and saved.
 */
export async function proveReadOnly(): Promise<ProofOutcome> {
  if (!mayMount()) return { kind: 'missing', what: 'a disk has to be mounted, which takes root and ext4.' };
  const [idle, weighing] = await Promise.all([failDisk('idle'), failDisk('weighing')]);
  return outcomeOf('readonly', [...idle, ...weighing]);
}

/** @param when whether nobody weighs when the disk fails, or somebody does at once */
async function failDisk(when: 'idle' | 'weighing'): Promise<Claim[]> {
  using folder = proofFolder('readonly');
  using disk = mountExt4Disk(folder.path, DISK_MIB);
  // Configuration and logs stand beside it, on a disk that is well.
  const dataDir = disk.path;
  const config = join(dataDir, '..', 'edge.yaml');
  await using deck = await openScriptedDeck(systemClock);
  await using agent = await startProvedAgent({ dataDir, deck }, systemClock);
  const tickets: string[] = [];
  for (const truck of ['R-1', 'R-2', 'R-3']) tickets.push(await agent.weigh(truck));
  await agent.settle(0);
  await agent.settle(20_000);
  const lifted = join(dataDir, 'lifted');
  mkdirSync(lifted);
  for (const file of ['journal.db', 'journal.db-wal']) copyFileSync(join(dataDir, file), join(lifted, file));
  const failedMs = systemClock.monotonicMs();
  disk.fail();
  const answer = when === 'idle' ? 'nobody asked' : await answerOf(agent);
  const end = await endOf(agent.program, NOTICE_MS, systemClock);
  const tookS = (systemClock.monotonicMs() - failedMs) / 1000;
  const told = end?.lastWords ?? '';
  const why = when === 'idle' ? /cannot be written \(EROFS\)/ : /not known whether/;
  const claims: Claim[] = [
    [`${when}: no weighing is answered for (${answer})`, answer !== 'weighed'],
    [`${when}: the agent ends within 10 s (${tookS.toFixed(1)} s)`, end !== null && tookS < 10.5],
    [`${when}: it says why: ${told}`, why.test(told) && !/ at .*\.ts:/.test(told)],
  ];
  return when === 'idle' ? [...claims, ...(await readBack(config, lifted, tickets))] : claims;
}

/** What can be done with the journal while its disk cannot be written. */
async function readBack(config: string, lifted: string, tickets: readonly string[]): Promise<Claim[]> {
  const newestFirst = ({ code, output }: Ended) => {
    const places = tickets.toReversed().map((ticket) => output.indexOf(ticket));
    return code === 0 && places.every((at, index) => at > (places[index - 1] ?? 0));
  };
  const shown = await edge('tickets', '--last', '3', '--config', config);
  const { scales } = JSON.parse(readFileSync(config, 'utf8'));
  const other = writeConfig(join(config, '..', 'lifted.yaml'), {
    site: SITE,
    device: DEVICE,
    dataDir: lifted,
    scales,
  });
  const shownOfLifted = await edge('tickets', '--last', '3', '--config', other);
  const verified = await edge('verify', '--config', config);
  const saved = await edge('backup', join(config, '..', 'saved.db'), '--config', config);
  const started = await edge('run', '--config', config);
  return [
    ['the last tickets are shown, newest first', newestFirst(shown)],
    ['also of a database whose log has no index beside it', newestFirst(shownOfLifted)],
    [`the journal can be verified: ${verified.output.trim()}`, verified.code === 0],
    [`and saved on another disk: ${saved.output.trim()}`, saved.code === 0],
    [
      `a start says that the disk is read-only: ${started.output.trim()}`,
      started.code === 3 && /read-only/.test(started.output),
    ],
  ];
}

/** What the agent says to a weighing on the failed disk. */
async function answerOf(agent: ProvedAgent): Promise<string> {
  try {
    const answer = await agent.tryToWeigh('R-4');
    return 'code' in answer ? answer.code : 'weighed';
  } catch {
    return 'no answer';
  }
}

interface Ended {
  code: number | null;
  output: string;
}

/** Runs a command of the edge to its end. */
async function edge(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [scriptOf('edge-agent'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
