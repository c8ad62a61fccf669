import { type Clock, LIVE_EVERY_MS, type LiveReading } from '@weighgate/protocol';

/** What a live lease sends with. */
export interface LiveLeaseParts {
  clock: Clock;
  /** What the scales show now. */
  scales: () => LiveReading['scales'];
  device: string;
  /** @returns false when it was dropped: there is no connection, or it is busy with what matters more */
  send: (text: string) => boolean;
  signal: AbortSignal;
}

/** Live weight while somebody asked for it. */
export interface LiveLease {
  /** From now on for so long, in ms. */
  renew(leaseMs: number): void;
  /** Resolves when nothing is sent any more, after the signal. */
  done(): Promise<void>;
}

/** Sends live weight five times a second while a lease runs, and stops by itself when it has run out. */
export function liveLease({ clock, scales, device, send, signal }: LiveLeaseParts): LiveLease {
  let untilMs = 0;
  let count = 0;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (!signal.aborted && clock.monotonicMs() < untilMs) {
      count += 1;
      const reading: LiveReading = { v: 1, device, count, wallMs: clock.now(), scales: scales() };
      send(JSON.stringify(reading));
      await clock.sleep(LIVE_EVERY_MS, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
    running = null;
  }

  return {
    renew: (leaseMs) => {
      untilMs = clock.monotonicMs() + leaseMs;
      running ??= run();
    },
    done: async () => {
      await running;
    },
  };
}
