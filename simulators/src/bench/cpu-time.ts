import { readFileSync } from 'node:fs';

/** Linux counts a process's time on the processor in these, whatever its own clock is. */
const TICK_MS = 10;

/**
 * How long a process has been on a processor since its start, with all its threads, in milliseconds. From
 * `/proc/PID/stat`, fields 14 and 15 (proc_pid_stat(5)).
 */
export function cpuTimeMsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold blanks; what comes after it does not.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
