import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { systemClock } from '@weighgate/protocol';
import { descendantsOf, isAlive, untilGone } from './process-tree.ts';

const root = join(import.meta.dirname, '../..');
const DEMO = 'simulators/src/demo.ts';
const FREE_PORTS = ['cloud', 'edge', 'mqtt', 'scale'].flatMap((name) => [`--${name}-port`, '0']);

/** `npm start` as a person started it, in a process group of its own as a terminal gives it. */
export interface NpmStart extends AsyncDisposable {
  /** The launcher, or the demo itself when it was started without. Also the number of the process group. */
  pid: number;
  /** Stops reading what it prints, as `| head` does. */
  closeOutput(): void;
  /** Every line it has printed so far, of standard output and of standard error. */
  lines: string[];
  errorLines: string[];
  /** Resolves with the first line from `fromLine` on that matches; rejects when none comes in time or it ends first. */
  untilLine(pattern: RegExp, fromLine?: number): Promise<string>;
  /** Itself and every process it has started. */
  processes(): number[];
  signalGroup(signal: NodeJS.Signals): void;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface NpmStartOptions {
  dataDir: string;
  args?: readonly string[];
  /** Through launch.mjs, as npm does. Otherwise the demo is started directly, which is quicker. Default false. */
  launched?: boolean;
  /** Default: every port is any free one. */
  ports?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

const LINE_TIMEOUT_MS = 30_000;

/** Runs the demo as its own process. Disposing takes down whatever of it is left. */
export function npmStart({
  dataDir,
  args = [],
  launched = false,
  ports = FREE_PORTS,
  env = process.env,
}: NpmStartOptions): NpmStart {
  const script = launched ? [join(root, 'launch.mjs'), DEMO] : [join(root, DEMO)];
  const child = spawn(process.execPath, [...script, '--data', dataDir, '--speed', '20', ...ports, ...args], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  const pid = pidOf(child);
  const [lines, errorLines]: [string[], string[]] = [[], []];
  const waiting = new Set<() => void>();
  const keep = (output: Readable, kept: string[]) =>
    createInterface({ input: output }).on('line', (line) => {
      kept.push(line);
      for (const look of waiting) look();
    });
  keep(child.stdout, lines);
  keep(child.stderr, errorLines);
  let hasEnded = false;
  const ended = once(child, 'close').then(([code, signal]) => {
    hasEnded = true;
    for (const look of waiting) look();
    return { code, signal };
  });
  const known = new Set<number>();
  const processes = () => {
    const now = [pid, ...descendantsOf(pid)];
    for (const one of now) known.add(one);
    return now;
  };
  const said = () => [...lines, ...errorLines].slice(-20).join('\n');

  return {
    pid,
    lines,
    errorLines,
    ended,
    closeOutput: () => child.stdout.destroy(),
    processes,
    signalGroup: (signal) => process.kill(-pid, signal),
    untilLine: (pattern, fromLine = 0) =>
      new Promise((resolve, reject) => {
        const settle = (then: () => void) => {
          clearTimeout(timeout);
          waiting.delete(look);
          then();
        };
        const look = () => {
          const found = lines.slice(fromLine).find((line) => pattern.test(line));
          if (found !== undefined) settle(() => resolve(found));
          else if (hasEnded)
            settle(() => reject(new Error(`it ended before it said ${pattern}:\n${said()}`)));
        };
        const timeout = setTimeout(
          () => settle(() => reject(new Error(`it never said ${pattern}, but:\n${said()}`))),
          LINE_TIMEOUT_MS,
        );
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      if (isAlive(pid)) processes();
      for (const one of known) if (isAlive(one)) process.kill(one, 'SIGTERM');
      if (await untilGone([...known], 5_000, systemClock)) return;
      for (const one of known) if (isAlive(one)) process.kill(one, 'SIGKILL');
    },
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the demo was not started');
  return child.pid;
}
