import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Clock } from '@weighgate/protocol';
import { noteProgram } from './former-program.ts';

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
  /** The program that runs node, with its arguments, such as a tracer. */
  under?: readonly string[];
  /** `msg` of the log line that says it is ready. */
  readyMessage: string;
  /** Standard output and error are kept here, in `NAME.log`, and its process id in `NAME.pid`. */
  logDir: string;
  readyTimeoutMs: number;
  /** Aborted when nobody wants the program any more: while it comes up it is stopped, once it is up nothing happens. */
  signal?: AbortSignal;
}

/** The program did not come up. `exitCode` is null when it was taken down, for taking too long or on demand. */
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

/**
 * Starts a program and waits until it says that it is ready. Should this process die, its standard input ends and it
 * stops.
 * @throws ProgramError
 */
export async function startProgram(start: ProgramStart, clock: Clock): Promise<Program> {
  const { name, args, logDir, readyTimeoutMs } = start;
  mkdirSync(logDir, { recursive: true });
  const logFile = join(logDir, `${name}.log`);
  if (start.signal?.aborted === true) throw new ProgramError(`${name} is not wanted any more`, null);
  const log = createWriteStream(logFile);
  const [command, ...before] = [...(start.under ?? []), process.execPath];
  const child = spawn(command ?? process.execPath, [...before, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const pid = pidOf(child);
  noteProgram(join(logDir, `${name}.pid`), { pid, args });
  // It may be gone before it has read all: that is told by its end, not by the pipe.
  child.stdin.on('error', () => undefined);
  let lastWords = '';
  child.stderr.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-MAX_LAST_WORDS);
    log.write(chunk);
  });
  const ended = once(child, 'close').then(([code, signal]): ProgramEnd => {
    log.end();
    return { code, signal, lastWords: lastWords.trim() };
  });
  const stop = async () => {
    child.kill('SIGTERM');
    // Programs hold on to the standard input they were told to watch: open, it would keep them alive.
    child.stdin.end();
    const inTime = await Promise.race([ended, passed(STOP_TIMEOUT_MS, clock, ended)]);
    if (inTime === 'passed') child.kill('SIGKILL');
    return ended;
  };

  const ready = readyLine(child.stdout, start.readyMessage, (line) => log.write(`${line}\n`));
  const first = await Promise.race([
    ready.then((fields) => ({ kind: 'ready', fields }) as const),
    ended.then((end) => ({ kind: 'ended', end }) as const),
    passed(readyTimeoutMs, clock, Promise.race([ready, ended])).then(() => ({ kind: 'late' }) as const),
    abortOf(start.signal).then(() => ({ kind: 'unwanted' }) as const),
  ]);
  switch (first.kind) {
    case 'ended':
      throw new ProgramError(
        first.end.lastWords || `${name} ended with code ${first.end.code}`,
        first.end.code,
      );
    case 'late':
      child.kill('SIGKILL');
      await ended;
      throw new ProgramError(`${name} was not ready after ${readyTimeoutMs} ms; see ${logFile}`, null);
    case 'unwanted':
      await stop();
      throw new ProgramError(`${name} is not wanted any more`, null);
    case 'ready':
      return {
        name,
        pid,
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
}

/** Resolves when `durationMs` have passed; never does when `unless` has come first, and then keeps no timer. */
function passed(durationMs: number, clock: Clock, unless: Promise<unknown>): Promise<'passed'> {
  const patience = new AbortController();
  void unless.then(() => patience.abort());
  return new Promise((resolve, reject) => {
    clock.sleep(durationMs, patience.signal).then(
      () => resolve('passed'),
      (error) => {
        if (!patience.signal.aborted) reject(error);
      },
    );
  });
}

function abortOf(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('a program that was started has a process id');
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
