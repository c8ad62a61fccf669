/** What part of an inbox' time one device may take while others want some too. */
const SHARE = 0.5;
/** Working time a device may take ahead of its share. */
const BURST_MS = 250;
/** Another device counts as wanting some when it was heard within so long. */
const ACTIVE_WITHIN_MS = 1_000;
const MIN_RETRY_MS = 200;
const MAX_RETRY_MS = 5_000;
/** Devices whose debt is remembered; beyond it, the one unheard longest is forgotten. */
const MAX_DEVICES = 5_000;

/** Whether a device's message is worked on now, or when it may come again. */
export type Admission =
  | { kind: 'admitted' }
  /** `tell`: it was not told within that time. */
  | { kind: 'refused'; afterMs: number; tell: boolean };

/**
 * Divides an inbox' working time, so that one noisy device does not hold up the others: a device has a debt of the time its
 * messages took, which drains at its share. Alone it may take all of it.
 */
export interface FairShare {
  admit(device: string, nowMs: number): Admission;
  /** Whether no other device was heard within the last second. */
  isAlone(device: string, nowMs: number): boolean;
  /** Books the time a device's message took. */
  charge(device: string, tookMs: number, nowMs: number): void;
}

interface Debt {
  ms: number;
  /** When it was last counted, on the monotonic clock. */
  atMs: number;
  /** Until when the device knows that it has to wait. */
  toldUntilMs: number;
}

/** Makes one; all times are of a monotonic clock. */
export function makeFairShare(): FairShare {
  const debts = new Map<string, Debt>();
  let lastHeard = { device: '', atMs: Number.NEGATIVE_INFINITY };
  let heardBefore = lastHeard;

  const hear = (device: string, nowMs: number) => {
    if (device !== lastHeard.device) heardBefore = lastHeard;
    lastHeard = { device, atMs: nowMs };
  };
  const isAlone = (device: string, nowMs: number) => {
    const other = lastHeard.device === device ? heardBefore : lastHeard;
    return nowMs - other.atMs >= ACTIVE_WITHIN_MS;
  };
  const rateFor = (device: string, nowMs: number) => (isAlone(device, nowMs) ? 1 : SHARE);
  const debtOf = (device: string, nowMs: number): number => {
    const debt = debts.get(device);
    return debt === undefined ? 0 : Math.max(0, debt.ms - (nowMs - debt.atMs) * rateFor(device, nowMs));
  };
  const keep = (device: string, debt: Debt) => {
    debts.delete(device);
    debts.set(device, debt);
    const [oldest] = debts.keys();
    if (debts.size > MAX_DEVICES && oldest !== undefined) debts.delete(oldest);
  };

  return {
    isAlone,
    admit: (device, nowMs) => {
      hear(device, nowMs);
      const ms = debtOf(device, nowMs);
      const toldUntilMs = debts.get(device)?.toldUntilMs ?? nowMs;
      const rate = rateFor(device, nowMs);
      const isAdmitted = ms <= BURST_MS || rate === 1;
      const afterMs = Math.round(Math.min(MAX_RETRY_MS, Math.max(MIN_RETRY_MS, ms / rate)));
      const tell = !isAdmitted && nowMs >= toldUntilMs;
      keep(device, { ms, atMs: nowMs, toldUntilMs: tell ? nowMs + afterMs : toldUntilMs });
      return isAdmitted ? { kind: 'admitted' } : { kind: 'refused', afterMs, tell };
    },
    charge: (device, tookMs, nowMs) =>
      keep(device, {
        ms: debtOf(device, nowMs) + tookMs,
        atMs: nowMs,
        toldUntilMs: debts.get(device)?.toldUntilMs ?? nowMs,
      }),
  };
}
