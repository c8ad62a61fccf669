import { MAX_BATCH_ROWS } from '@weighgate/protocol';

/** A bucket of rows that may be sent now; it fills at the pace the cloud gave, up to one second's worth or one batch. */
export interface Pace {
  rowsPerSecond: number;
  rows: number;
  /** When `rows` was right, on the monotonic clock. */
  atMs: number;
}

/** A full bucket: the first batch after a WELCOME does not wait. */
export function paceOf(rowsPerSecond: number, nowMs: number): Pace {
  return { rowsPerSecond, rows: depthOf(rowsPerSecond), atMs: nowMs };
}

/** The same pace as before keeps its bucket: greeting again is no way to send faster. */
export function newPaceOf(pace: Pace, rowsPerSecond: number, nowMs: number): Pace {
  return pace.rowsPerSecond === rowsPerSecond ? refilled(pace, nowMs) : paceOf(rowsPerSecond, nowMs);
}

export function refilled(pace: Pace, nowMs: number): Pace {
  const { rowsPerSecond, rows, atMs } = pace;
  const elapsedMs = Math.max(0, nowMs - atMs);
  const filled = rows + (elapsedMs / 1000) * rowsPerSecond;
  return { rowsPerSecond, rows: Math.min(depthOf(rowsPerSecond), filled), atMs: Math.max(nowMs, atMs) };
}

/** After `rows` were sent; a batch is sent whole, so the bucket never goes below empty. */
export function drained(pace: Pace, rows: number): Pace {
  return { ...pace, rows: Math.max(0, pace.rows - rows) };
}

function depthOf(rowsPerSecond: number): number {
  return Math.max(MAX_BATCH_ROWS, rowsPerSecond);
}
