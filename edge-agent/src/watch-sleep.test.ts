import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startAgent } from './agent.ts';
import { parseConfig } from './config.ts';
import { pinVerifier } from './kiosk-server/pin-verifier.ts';
import { memoryLinePair } from './line/memory-line.ts';
import { virtualClock } from './line/virtual-clock.ts';
import { secretFromFile } from './secret-file.ts';
import { openTestStore, storeFolder } from './store/store-folder.ts';
import { codeOf, openDesk } from './store/test-desk.ts';
import { watchSleep } from './watch-sleep.ts';

const HOUR_MS = 3_600_000;
const log = pino({ level: 'silent' });

/** A computer that can be put to sleep: measured time stands still, the wall clock and the uptime go on. */
function computer() {
  const clock = virtualClock(Date.UTC(2026, 5, 1));
  const stop = new AbortController();
  let asleepMs = 0;
  const watch = watchSleep({
    clock,
    uptimeMs: () => Math.round((clock.monotonicMs() + asleepMs) / 10) * 10,
    log,
    signal: stop.signal,
  });
  return {
    clock,
    watch,
    sleep: (durationMs: number) => {
      asleepMs += durationMs;
      clock.step(durationMs);
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await watch.done;
    },
  };
}

test('a sleep is told once with its length, when it is looked for or within a second; a pause of ours is none', async () => {
  await using machine = computer();
  const slept: number[] = [];
  machine.watch.onWoken((sleptMs) => slept.push(sleptMs));
  await machine.clock.advance(8 * HOUR_MS);
  machine.clock.step(2 * HOUR_MS);
  await machine.clock.advance(10_000);
  expect(slept).toEqual([]);
  machine.sleep(8 * HOUR_MS);
  machine.watch.look();
  expect(slept).toEqual([8 * HOUR_MS]);
  await machine.clock.advance(60_000);
  machine.sleep(30_000);
  await machine.clock.advance(1_000);
  expect(slept).toEqual([8 * HOUR_MS, 30_000]);
});

test('after a night asleep the truck on the deck is weighed only when the deck was seen at zero; the clock was not set (C09)', async () => {
  using folder = storeFolder();
  await using machine = computer();
  using desk = openDesk(folder.dataDir, machine.clock);
  machine.watch.onWoken((sleptMs) => {
    desk.store.clockGuard.slept(sleptMs);
    desk.scale.deck.lookAway();
  });
  expect(codeOf(await desk.drive(24_000, { truck: 'A-1' }))).toBe('recorded');
  await desk.scale.show(18_000);
  machine.sleep(8 * HOUR_MS);
  machine.watch.look();
  expect(codeOf(desk.weigh({ truck: 'B-2' }))).toBe('no_zero_since_last_truck');
  await desk.scale.show(18_000);
  expect(codeOf(desk.weigh({ truck: 'B-2' }))).toBe('no_zero_since_last_truck');
  await desk.scale.show(0);
  await desk.scale.show(18_000);
  expect(codeOf(desk.weigh({ truck: 'B-2' }))).toBe('recorded');
  expect(desk.store.clockGuard.state()).toBe('unknown');
  expect(desk.store.clockGuard.takeSteps()).toEqual([]);
  // The truck of the evening is inside as it was.
  await desk.scale.show(0);
  expect(codeOf(await desk.drive(9_000, { direction: 'out', truck: 'A-1' }))).toBe('recorded');
});

test('whoever was signed in before a sleep has to sign in again (C09)', async () => {
  using folder = storeFolder();
  const pepper = secretFromFile(join(folder.dataDir, 'pin-pepper'));
  {
    using store = openTestStore(folder.dataDir, systemClock);
    const verifier = await pinVerifier(pepper).verifierOf('482915');
    store.operators.add({ name: 'Dana', role: 'weigher', verifier });
  }
  const scale = '{ id: north, line: { kind: tcp, port: 1 }, indicator: { model: mt-continuous } }';
  const text = `site: DEMO\ndevice: gate-1\ndataDir: ${folder.dataDir}\nscales: [${scale}]\nhttp: { port: 0 }\n`;
  let asleepMs = 0;
  await using agent = await startAgent(parseConfig('edge.yaml', text), {
    clock: systemClock,
    random: () => 0,
    log,
    bootId: 'boot-1',
    processId: process.pid,
    appVersion: '0.1.0',
    uptimeMs: () => systemClock.monotonicMs() + asleepMs,
    openLine: () => async () => memoryLinePair().near,
  });
  const call = (method: string, path: string, headers: Record<string, string>, body?: object) =>
    fetch(`${agent.url}/api/weight${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const signedIn = await call('POST', '/sign-in', {}, { operator: 'Dana', pin: '482915' });
  const { token } = (await signedIn.json()) as { token: string };
  const sessions = async () =>
    (await call('GET', '/sessions/open', { authorization: `Bearer ${token}` })).status;
  expect(await sessions()).toBe(200);
  asleepMs = 8 * HOUR_MS;
  await expect.poll(sessions, { timeout: 5_000 }).toBe(401);
});
