import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultKeepLineRule, keepLine } from '../line/kept-line.ts';
import { type SerialLineSettings, serialLine } from '../line/serial-line.ts';
import { indicatorOf } from './models.ts';
import { readIndicator } from './read-indicator.ts';

const missing = spawnSync('socat', ['-V']).status !== 0;
const skip = missing && process.env.CI !== 'true';
const log = pino({ level: 'silent' });
const frame = Buffer.from('022a30202031323334302020202020300d0d', 'hex');
const settingsOf = (path: string): SerialLineSettings => ({
  path,
  baudRate: 9600,
  dataBits: 8,
  parity: 'none',
  stopBits: 1,
  rts: 'on',
  dtr: 'on',
});

let folder: string;
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weighgate-replug-'));
});
afterEach(async () => {
  for (const socat of running.splice(0)) await unplug(socat);
  rmSync(folder, { recursive: true, force: true });
});

/** An adapter: two ends of a pty pair, the agent's under the name the system gave it this time. */
async function plugIn(name: string): Promise<{ socat: ChildProcess; agentEnd: string; deviceEnd: string }> {
  const [agentEnd, deviceEnd] = [join(folder, name), join(folder, `${name}-device`)];
  const socat = spawn('socat', [`pty,raw,echo=0,link=${deviceEnd}`, `pty,raw,echo=0,link=${agentEnd}`], {
    stdio: 'ignore',
  });
  running.push(socat);
  await expect
    .poll(() => existsSync(deviceEnd) && existsSync(agentEnd), { timeout: 5000, interval: 5 })
    .toBe(true);
  return { socat, agentEnd, deviceEnd };
}

async function unplug(socat: ChildProcess): Promise<void> {
  if (socat.exitCode !== null || socat.signalCode !== null) return;
  const exited = once(socat, 'exit');
  socat.kill('SIGTERM');
  await exited;
}

/** The stable name points to whatever name the adapter got, as udev does it. */
function pointTo(stable: string, agentEnd: string): void {
  rmSync(stable, { force: true });
  symlinkSync(agentEnd, stable);
}

const openFiles = () => readdirSync('/proc/self/fd').length;

describe.skipIf(skip)('a serial indicator under its stable name (needs socat)', () => {
  test('unplugged and plugged in under another name gives weights again within 5 s', {
    timeout: 60_000,
  }, async () => {
    const stable = join(folder, 'usb-indicator-if00-port0');
    const stop = new AbortController();
    const parts = { clock: systemClock, random: Math.random, log };
    const events = keepLine(serialLine(settingsOf(stable)), defaultKeepLineRule, parts, stop.signal);
    let readings = 0;
    const reader = readIndicator(
      events,
      indicatorOf({ model: 'mt-continuous' }),
      () => {
        readings += 1;
      },
      parts,
    );
    for (const name of ['ttyUSB0', 'ttyUSB1', 'ttyUSB7']) {
      const { socat, agentEnd, deviceEnd } = await plugIn(name);
      const device = await serialLine(settingsOf(deviceEnd))(stop.signal);
      pointTo(stable, agentEnd);
      const pluggedAtMs = systemClock.monotonicMs();
      const before = readings;
      while (readings === before) {
        expect(systemClock.monotonicMs() - pluggedAtMs).toBeLessThan(5_000);
        await device.write(frame);
        await systemClock.sleep(50);
      }
      // Pulled out in the middle of a frame: what is left of it must not be finished by the next adapter.
      await device.write(frame.subarray(0, 9));
      await device.close();
      await unplug(socat);
      rmSync(stable, { force: true });
      await expect.poll(() => reader.health().lineUp, { timeout: 2_000 }).toBe(false);
      await systemClock.sleep(1_500);
    }
    expect(reader.health().rejectedFrames).toBe(0);
    stop.abort();
    await reader.done;
  });

  test('opened and lost a thousand times leaves no open file, listener or timer behind', {
    timeout: 60_000,
  }, async () => {
    const stable = join(folder, 'usb-indicator-if00-port0');
    const ends = [await plugIn('ttyUSB0'), await plugIn('ttyUSB1')].map(({ agentEnd }) => agentEnd);
    const stop = new AbortController();
    const rule = { retryMinMs: 0, retryMaxMs: 0, openTimeoutMs: 5_000, silenceMs: 2 };
    const parts = { clock: systemClock, random: () => 0.5, log };
    pointTo(stable, ends[0] ?? '');
    let cycles = 0;
    let filesAfterTen = 0;
    let mostListeners = 0;
    for await (const event of keepLine(serialLine(settingsOf(stable)), rule, parts, stop.signal)) {
      if (event.kind !== 'down') continue;
      expect(event.reason.code).toBe('line_silent');
      cycles += 1;
      mostListeners = Math.max(mostListeners, getEventListeners(stop.signal, 'abort').length);
      if (cycles === 10) filesAfterTen = openFiles();
      if (cycles === 1000) stop.abort();
      pointTo(stable, ends[cycles % 2] ?? '');
    }
    expect(cycles).toBe(1000);
    expect(openFiles()).toBeLessThanOrEqual(filesAfterTen + 2);
    expect(mostListeners).toBeLessThanOrEqual(2);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });
});
