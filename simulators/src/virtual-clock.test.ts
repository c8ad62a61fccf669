import { expect, test } from 'vitest';
import { virtualClock } from './virtual-clock.ts';

test('sleepers wake in the order they are due, and see the instant they asked for', async () => {
  const clock = virtualClock(0);
  const seen: string[] = [];
  const sleepAndTell = async (name: string, durationMs: number) => {
    await clock.sleep(durationMs);
    seen.push(`${name}@${clock.monotonicMs()}`);
  };
  void sleepAndTell('late', 300);
  void sleepAndTell('early', 100);
  void sleepAndTell('same as early', 100);
  await clock.advance(299);
  expect(seen).toEqual(['early@100', 'same as early@100']);
  await clock.advance(1);
  expect(seen.at(-1)).toBe('late@300');
  expect(clock.now()).toBe(300);
});

test('one advance past several sleepers wakes the earliest first', async () => {
  const clock = virtualClock();
  const woken: number[] = [];
  for (const durationMs of [300, 100, 200]) {
    void clock.sleep(durationMs).then(() => woken.push(clock.monotonicMs()));
  }
  await clock.advance(1000);
  expect(woken).toEqual([100, 200, 300]);
});

test('a loop that sleeps again and again runs as often as the time allows', async () => {
  const clock = virtualClock();
  let beats = 0;
  const stop = new AbortController();
  const loop = (async () => {
    for (;;) {
      await clock.sleep(50, stop.signal);
      beats += 1;
    }
  })();
  await clock.advance(1000);
  expect(beats).toBe(20);
  stop.abort(new Error('enough'));
  await expect(loop).rejects.toThrow('enough');
});

test('time stands still until it is told to go on', async () => {
  const clock = virtualClock(1000);
  let awake = false;
  void clock.sleep(0).then(() => {
    awake = true;
  });
  await new Promise(setImmediate);
  expect(awake).toBe(false);
  expect(clock.monotonicMs()).toBe(0);
  await clock.advance(0);
  expect(awake).toBe(true);
  expect(clock.now()).toBe(1000);
});

test('a sleep that is aborted rejects with the reason, whether before or during it', async () => {
  const clock = virtualClock();
  await expect(clock.sleep(10, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  const stop = new AbortController();
  const sleeping = clock.sleep(10, stop.signal);
  stop.abort(new Error('woken'));
  await expect(sleeping).rejects.toThrow('woken');
  await clock.advance(20);
});

test('two cannot advance the same clock at once', async () => {
  const clock = virtualClock();
  const first = clock.advance(10);
  await expect(clock.advance(10)).rejects.toThrow('being advanced already');
  await first;
});
