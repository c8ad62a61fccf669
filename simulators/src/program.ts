import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Clock } from '@weighgate/protocol';

/** One of our programs, run as its users run it: its own process, its own files, spoken to over the network. */
export interface Program extends AsyncDisposable {
  name: string;
  pid: number;
  /** The fields of the log line with which it said that it was ready. */
  ready: Readonly<Record<string, unknown>>;
  /** Resolves when the process has ended, however it did. */
  readonly ended: Promise<ProgramEnd>;
  /** Asks it to stop and waits; takes it down when it does not. */
  stop(): Promise<ProgramEnd>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
}

export interface ProgramEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last it said on standard error. */
  lastWords: string;
}

export interface ProgramStart {
  name: string;
  /** Arguments of node: the script and its own. */
  args: readonly string[];
  /** `msg` of the log line that says it is ready. */
  readyMessage: string;
  /** Standard output and error are kept here. */
  logFile: string;
  readyTimeoutMs: number;
}

/** The program did not come up. `exitCode` is null when it was taken down for taking too long. */
export class ProgramError extends Error {
  readonly code = 'program_not_ready';
  readonly exitCode: number | null;
  constructor(message: string, exitCode: number | null) {
    super(message);
    this.name = 'ProgramError';
    this.exitCode = exitCode;
  }
}

const STOP_TIMEOUT_MS = 5_000;
const MAX_LAST_WORDS = 4_000;

/** Starts a program and waits until it says that it is ready. Should this process die, its standard input ends and it stops. */
export async function startProgram(start: ProgramStart, clock: Clock): Promise<Program> {
  mkdirSync(dirname(start.logFile), { recursive: true });
  const logFile = createWriteStream(start.logFile);
  const child = spawn(process.execPath, [...start.args], { stdio: ['pipe', 'pipe', 'pipe'] });
  // It may be gone before it has read all: that is told by its end, not by the pipe.
  child.stdin.on('error', () => undefined);
  let lastWords = '';
  child.stderr.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-MAX_LAST_WORDS);
    logFile.write(chunk);
  });
  const ended = once(child, 'close').then(([code, signal]): ProgramEnd => {
    logFile.end();
    return { code, signal, lastWords: lastWords.trim() };
  });
  const ready = readyLine(child.stdout, start.readyMessage, (line) => logFile.write(`${line}\n`));
  const timeout = new AbortController();
  const first = await Promise.race([
    ready.then((fields) => ({ kind: 'ready', fields }) as const),
    ended.then((end) => ({ kind: 'ended', end }) as const),
    clock.sleep(start.readyTimeoutMs, timeout.signal).then(
      () => ({ kind: 'late' }) as const,
      () => ({ kind: 'late' }) as const,
    ),
  ]);
  timeout.abort();
  if (first.kind === 'ended') {
    throw new ProgramError(
      first.end.lastWords || `${start.name} ended with code ${first.end.code}`,
      first.end.code,
    );
  }
  if (first.kind === 'late') {
    child.kill('SIGKILL');
    throw new ProgramError(
      `${start.name} was not ready after ${start.readyTimeoutMs} ms; see ${start.logFile}`,
      null,
    );
  }

  const stop = async () => {
    child.kill('SIGTERM');
    const patience = new AbortController();
    const overdue = clock.sleep(STOP_TIMEOUT_MS, patience.signal).then(
      () => child.kill('SIGKILL'),
      () => false,
    );
    const end = await ended;
    patience.abort();
    await overdue;
    return end;
  };
  return {
    name: start.name,
    pid: pidOf(child),
    ready: first.fields,
    ended,
    stop,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('a program that is ready has a process id');
  return child.pid;
}

/** Resolves with the first JSON line whose `msg` is the one awaited; passes every line on, for ever. */
function readyLine(
  output: Readable,
  readyMessage: string,
  onLine: (line: string) => void,
): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    createInterface({ input: output }).on('line', (line) => {
      onLine(line);
      if (!line.includes(readyMessage)) return;
      const fields = fieldsOf(line);
      if (fields?.msg === readyMessage) resolve(fields);
    });
  });
}

function fieldsOf(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // A line that is not JSON is no log line of ours; it is in the log file.
    return undefined;
  }
}
