import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import type { TimeSync } from './store/clock-guard.ts';

/** Where it is asked whether the time is synchronised; `auto` takes the first that answers. */
export const timeSyncSourceSchema = z.enum(['auto', 'chronyc', 'timesyncd', 'timedatectl', 'none']);
export type TimeSyncSource = z.infer<typeof timeSyncSourceSchema>;

/** What the operating system is asked with. */
export interface TimeSyncPort {
  /** Standard output of a program; null when it is not there, fails, or says nothing in time. */
  output(program: string, args: readonly string[]): Promise<string | null>;
  /** When a file was last written, wall clock; null when there is none. */
  modifiedMs(path: string): Promise<number | null>;
}

const PROGRAM_MS = 5_000;
/** A synchronisation in the future is none: the clock was set back since. */
const MAX_AHEAD_MS = 5_000;
const TIMESYNCD_FILE = '/run/systemd/timesync/synchronized';

/** The machine itself. */
export const systemTimeSyncPort: TimeSyncPort = {
  output: (program, args) =>
    new Promise((resolve) => {
      execFile(program, [...args], { timeout: PROGRAM_MS, maxBuffer: 16_384 }, (error, stdout) =>
        resolve(error === null ? stdout : null),
      );
    }),
  modifiedMs: async (path) => {
    try {
      return (await stat(path)).mtimeMs;
    } catch {
      // Whatever keeps it from being read, nothing is known from it.
      return null;
    }
  },
};

type Ask = (port: TimeSyncPort, nowMs: number) => Promise<TimeSync>;

const sources: Readonly<Record<Exclude<TimeSyncSource, 'auto' | 'none'>, Ask>> = {
  /** @see chronyc(1), report of `tracking` with -c: field 4 is the time of the last sample, the last is the leap status */
  chronyc: async (port, nowMs) => {
    const fields = (await port.output('chronyc', ['-c', 'tracking']))?.trim().split(',') ?? [];
    const [, , , sampledAtS] = fields;
    if (fields.length < 14 || !/^\d+(\.\d+)?$/.test(sampledAtS ?? '')) return { kind: 'unknown' };
    if (fields.at(-1) === 'Not synchronised') return { kind: 'not_synced', source: 'chronyc' };
    return { kind: 'synced', source: 'chronyc', ageMs: nowMs - Number(sampledAtS) * 1000 };
  },
  /** @see systemd-timesyncd.service(8): the file is touched at each synchronisation */
  timesyncd: async (port, nowMs) => {
    const atMs = await port.modifiedMs(TIMESYNCD_FILE);
    if (atMs === null) return { kind: 'unknown' };
    return { kind: 'synced', source: 'timesyncd', ageMs: nowMs - atMs };
  },
  /** The kernel's own flag (adjtimex STA_UNSYNC), which runs out by itself some nine hours after the last synchronisation. */
  timedatectl: async (port) => {
    const said = (await port.output('timedatectl', ['show', '-p', 'NTPSynchronized', '--value']))?.trim();
    if (said === 'yes') return { kind: 'synced', source: 'timedatectl', ageMs: null };
    return said === 'no' ? { kind: 'not_synced', source: 'timedatectl' } : { kind: 'unknown' };
  },
};

/**
 * Asks whether the system keeps its clock by a time server. What is older than `maxAgeMs` is no synchronisation any more,
 * and what cannot be asked is unknown, never taken for one.
 * @param nowMs wall clock
 */
export async function askTimeSync(
  source: TimeSyncSource,
  maxAgeMs: number,
  nowMs: number,
  port: TimeSyncPort = systemTimeSyncPort,
): Promise<TimeSync> {
  if (source === 'none') return { kind: 'unknown' };
  const asked = source === 'auto' ? Object.values(sources) : [sources[source]];
  for (const ask of asked) {
    const said = await ask(port, nowMs);
    if (said.kind === 'unknown') continue;
    if (
      said.kind === 'synced' &&
      said.ageMs !== null &&
      (said.ageMs > maxAgeMs || said.ageMs < -MAX_AHEAD_MS)
    )
      return { kind: 'not_synced', source: said.source };
    return said;
  }
  return { kind: 'unknown' };
}
