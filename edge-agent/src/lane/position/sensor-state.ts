/** What one sensor says. `unknown` is never taken for clear. */
export type SensorState = 'clear' | 'cut' | 'unknown';

/** What one sensor has shown. Immutable: a new one for every reading. Times are monotonic. */
export interface SensorHistory {
  /** Whether something was in its way; null when it was not known. */
  isCut: boolean | null;
  /** When that was read; null before the first reading. */
  atMs: number | null;
  /** Since when nothing was in its way without a break. */
  freeSinceMs: number | null;
  /** When it was last seen cut: a sensor that no truck ever cuts is bridged or points into the air. */
  lastCutAtMs: number | null;
}

export interface SensorRule {
  debounceMs: number;
  staleAfterMs: number;
}

export const unseenSensor: SensorHistory = { isCut: null, atMs: null, freeSinceMs: null, lastCutAtMs: null };

/** The history after one more reading. @param isCut null when it could not be read */
export function afterReading(
  before: SensorHistory,
  isCut: boolean | null,
  atMs: number,
  { staleAfterMs }: SensorRule,
): SensorHistory {
  const unbroken = before.isCut === false && before.atMs !== null && atMs - before.atMs <= staleAfterMs;
  return {
    isCut,
    atMs,
    freeSinceMs: isCut === false ? (unbroken ? before.freeSinceMs : atMs) : null,
    lastCutAtMs: isCut === true ? atMs : before.lastCutAtMs,
  };
}

/** Cut counts at once; clear only after nothing was in the way for the time of the rule. */
export function sensorStateAt(
  { isCut, atMs, freeSinceMs }: SensorHistory,
  nowMs: number,
  { debounceMs, staleAfterMs }: SensorRule,
): SensorState {
  if (isCut === null || atMs === null || nowMs - atMs > staleAfterMs) return 'unknown';
  if (freeSinceMs === null) return 'cut';
  return nowMs - freeSinceMs >= debounceMs ? 'clear' : 'cut';
}
