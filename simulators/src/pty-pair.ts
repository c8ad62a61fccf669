import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '@weighgate/protocol';

const START_TIMEOUT_MS = 5000;
const STOP_TIMEOUT_MS = 2000;
const POLL_MS = 20;
/** Seconds of silence after which socat ends by itself: should this program be killed, its socat does not stay. */
const ORPHAN_SECONDS = '300';
const MAX_ERROR_TEXT = 2000;

/** The pair of serial lines could not be made. `message` says why and what to do. */
export class PtyPairError extends Error {
  override readonly name = 'PtyPairError';
  readonly code: 'socat_missing' | 'socat_failed';

  constructor(code: PtyPairError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Two serial lines of the operating system, joined by a crossed cable, until disposed of. */
export interface PtyPair extends AsyncDisposable {
  /** Path of the end the simulated indicator writes to. */
  readonly deviceSide: string;
  /** Path of the end the agent opens. */
  readonly agentSide: string;
}

/**
 * Starts socat, which makes two pseudo terminals and passes bytes between them. Unlike a wire, the pair keeps what is
 * written while nobody has the other end open; opening it with `serialport` throws about 18 000 of those bytes away.
 * A pair without a byte in either direction for five minutes ends.
 * @param directory where the two paths appear; made when it is missing. One pair a directory.
 * @throws PtyPairError when socat is not installed or does not come up in 5 s
 */
export async function openPtyPair(directory: string, clock: Clock = systemClock): Promise<PtyPair> {
  await mkdir(directory, { recursive: true });
  const names = ['indicator', 'agent'] as const;
  const [deviceSide, agentSide] = [join(directory, names[0]), join(directory, names[1])];
  // Left behind by a socat that was killed, they would look like a pair that is ready.
  for (const path of [deviceSide, agentSide]) await rm(path, { force: true });

  const socat = await startSocat(directory, names);
  const pair: PtyPair = { deviceSide, agentSide, [Symbol.asyncDispose]: () => stop(socat.process, clock) };
  try {
    await waitForPaths([deviceSide, agentSide], socat, clock);
  } catch (error) {
    await pair[Symbol.asyncDispose]();
    throw error;
  }
  return pair;
}

interface Socat {
  process: ChildProcess;
  /** The end of what it said on standard error. */
  said: () => string;
}

/** Link names are relative to the working directory: socat would read commas and colons in a path as its own. */
async function startSocat(directory: string, [device, agent]: readonly [string, string]): Promise<Socat> {
  const args = ['-T', ORPHAN_SECONDS, `pty,raw,echo=0,link=${device}`, `pty,raw,echo=0,link=${agent}`];
  const socat = spawn('socat', args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  socat.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MAX_ERROR_TEXT);
  });
  try {
    await once(socat, 'spawn');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      const message =
        'The simulated serial line needs socat, a small program that joins two serial ports, and it is not installed. Install it (on Debian and Ubuntu: apt-get install socat), or use the simulated weighbridge over TCP, which needs nothing.';
      throw new PtyPairError('socat_missing', message, error);
    }
    throw new PtyPairError('socat_failed', `socat could not be started: ${String(error)}`, error);
  }
  return { process: socat, said: () => said };
}

async function waitForPaths(paths: readonly string[], socat: Socat, clock: Clock): Promise<void> {
  const deadlineMs = clock.monotonicMs() + START_TIMEOUT_MS;
  while (!(await allExist(paths))) {
    if (hasEnded(socat.process)) throw new PtyPairError('socat_failed', `socat ended: ${socat.said()}`);
    if (clock.monotonicMs() > deadlineMs) {
      const message = `socat made no pair of serial lines in ${START_TIMEOUT_MS / 1000} s: ${socat.said()}`;
      throw new PtyPairError('socat_failed', message);
    }
    await clock.sleep(POLL_MS);
  }
}

async function allExist(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.allSettled(paths.map((path) => access(path)));
  return found.every(({ status }) => status === 'fulfilled');
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stop(child: ChildProcess, clock: Clock): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = new AbortController();
  const killLate = clock.sleep(STOP_TIMEOUT_MS, patience.signal).then(
    () => child.kill('SIGKILL'),
    // Aborted: socat ended in time.
    () => false,
  );
  await ended;
  patience.abort();
  await killLate;
}
