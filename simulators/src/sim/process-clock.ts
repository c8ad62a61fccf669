import type { Clock } from '@weighgate/protocol';

/** The clock of one program on a machine; it stops with the program. */
export interface ProcessClock extends Clock {
  /** The program dies: nothing of it that sleeps ever wakes. */
  kill(): void;
}

/** @param wallOffsetMs how far the machine's wall clock is off now; measured time knows nothing of it */
export function processClock(world: Clock, wallOffsetMs: () => number): ProcessClock {
  let alive = true;
  return {
    now: () => Math.max(0, world.now() + wallOffsetMs()),
    monotonicMs: () => world.monotonicMs(),
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        world.sleep(durationMs, signal).then(
          () => alive && resolve(),
          (error: unknown) => alive && reject(error),
        );
      }),
    kill: () => {
      alive = false;
    },
  };
}
