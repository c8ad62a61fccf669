import { expect, test } from 'vitest';
import { makeFairShare } from './fair-share.ts';

/** Lets `noisy` send without a pause for `forMs`, each message taking 10 ms; `quiet` sends every 200 ms when it is named. */
function run(forMs: number, quiet?: string) {
  const share = makeFairShare();
  const worked = new Map<string, number>();
  const refusals: string[] = [];
  let nextQuietMs = 0;
  let nowMs = 0;
  const send = (device: string) => {
    const admission = share.admit(device, nowMs);
    if (admission.kind === 'refused') {
      refusals.push(device);
      nowMs += 0.05;
      return;
    }
    nowMs += 10;
    share.charge(device, 10, nowMs);
    worked.set(device, (worked.get(device) ?? 0) + 10);
  };
  while (nowMs < forMs) {
    if (quiet !== undefined && nowMs >= nextQuietMs) {
      send(quiet);
      nextQuietMs += 200;
    }
    send('noisy');
  }
  return { worked, refusals };
}

test('a device that is alone may take all of the time', () => {
  const { worked, refusals } = run(10_000);
  expect(refusals).toEqual([]);
  expect(worked.get('noisy')).toBe(10_000);
});

test('while another wants some, a noisy device gets its share and no more, and the other is never refused', () => {
  const { worked, refusals } = run(10_000, 'quiet');
  expect(new Set(refusals)).toEqual(new Set(['noisy']));
  expect(worked.get('noisy')).toBeLessThan(5_400);
  expect(worked.get('noisy')).toBeGreaterThan(4_500);
  expect(worked.get('quiet')).toBe(500);
});

test('who is refused is told when to come again, and is then taken', () => {
  const share = makeFairShare();
  share.admit('quiet', 0);
  share.admit('noisy', 1);
  share.charge('noisy', 1_000, 1_001);
  share.admit('quiet', 1_001);
  const refused = share.admit('noisy', 1_002);
  expect(refused).toEqual({ kind: 'refused', afterMs: expect.any(Number), tell: true });
  expect(share.admit('noisy', 1_003)).toMatchObject({ kind: 'refused', tell: false });
  const afterMs = refused.kind === 'refused' ? refused.afterMs : 0;
  expect(afterMs).toBeGreaterThan(1_000);
  share.admit('quiet', 1_002 + afterMs);
  expect(share.admit('noisy', 1_002 + afterMs)).toEqual({ kind: 'admitted' });
});

test('a device is alone until another is heard, and again a second after it was', () => {
  const share = makeFairShare();
  share.admit('gate-1', 0);
  expect(share.isAlone('gate-1', 0)).toBe(true);
  share.admit('gate-2', 100);
  share.admit('gate-1', 200);
  expect(share.isAlone('gate-1', 200)).toBe(false);
  expect(share.isAlone('gate-1', 1_100)).toBe(true);
});
