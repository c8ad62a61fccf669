import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { SerialPortMock } from 'serialport';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Line, LineError } from './line.ts';
import { mockSerialLine, type SerialLineSettings, serialLine } from './serial-line.ts';

const never = new AbortController().signal;
const settingsOf = (path: string): SerialLineSettings => ({
  path,
  baudRate: 9600,
  dataBits: 7,
  parity: 'even',
  stopBits: 1,
  rts: 'on',
  dtr: 'off',
});

describe('a serial line over the mock binding', () => {
  const path = '/dev/ttyTEST';
  const binding = SerialPortMock.binding;
  beforeEach(() => binding.createPort(path, { echo: false, record: true }));
  afterEach(() => binding.reset());

  test('passes on the bytes of the port', async () => {
    const opened: SerialPortMock[] = [];
    const line = await mockSerialLine(settingsOf(path), (port) => opened.push(port))(never);
    const chunks = line[Symbol.asyncIterator]();
    const first = chunks.next();
    opened[0]?.port?.emitData(Buffer.from('frame'));
    expect(String((await first).value)).toBe('frame');
    await line.close();
  });

  test('that is not there says so, naming the path', async () => {
    await expect(mockSerialLine(settingsOf('/dev/ttyNONE'))(never)).rejects.toMatchObject({
      code: 'line_not_found',
      message: expect.stringContaining('serial /dev/ttyNONE cannot be opened'),
    });
  });

  test('that another program holds is busy', async () => {
    await using held = await mockSerialLine(settingsOf(path))(never);
    expect(held.name).toBe(`serial ${path}`);
    await expect(mockSerialLine(settingsOf(path))(never)).rejects.toMatchObject({ code: 'line_busy' });
  });

  test('gives the port back when it is closed: it can be opened again a hundred times', async () => {
    for (let round = 0; round < 100; round += 1) {
      await using line = await mockSerialLine(settingsOf(path))(never);
      const reading = Array.fromAsync(line);
      await line.close();
      expect(await reading).toEqual([]);
    }
  });

  test('whose adapter is pulled out is lost, and can be opened again afterwards', async () => {
    const opened: SerialPortMock[] = [];
    const line = await mockSerialLine(settingsOf(path), (port) => opened.push(port))(never);
    const lost = expect(Array.fromAsync(line)).rejects.toMatchObject({
      code: 'line_lost',
      message: `serial ${path} was lost: the adapter is gone`,
    });
    opened[0]?.close(undefined, new Error('the adapter is gone'));
    await lost;
    await line.close();
    await using again = await mockSerialLine(settingsOf(path))(never);
    expect(again.name).toBe(`serial ${path}`);
  });

  test('whose opening is aborted rejects at once and gives the port back', async () => {
    const abort = new AbortController();
    const reason = new Error('took too long');
    const opening = mockSerialLine(settingsOf(path))(abort.signal);
    abort.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await expect
      .poll(() => mockSerialLine(settingsOf(path))(never).then((line) => line.close()))
      .toBe(undefined);
  });
});

describe('a serial line over a pty pair', () => {
  const missing = spawnSync('socat', ['-V']).status !== 0;
  const skip = missing && process.env.CI !== 'true';
  // A pty cannot do 7 bits with parity on every system; what is tested here is the port, not the wire.
  const ptySettings = (path: string): SerialLineSettings => ({
    ...settingsOf(path),
    dataBits: 8,
    parity: 'none',
  });

  /** The number of a pseudo terminal is used again: whoever still looks for an old one may hold ours for a moment. */
  async function openWhenFree(path: string): Promise<Line> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await serialLine(ptySettings(path))(never);
      } catch (error) {
        if (!(error instanceof LineError) || error.code !== 'line_busy' || attempt === 20) throw error;
        await systemClock.sleep(50);
      }
    }
  }

  test.skipIf(skip)(
    'carries bytes both ways, is lost when the pair goes, is free when closed (needs socat)',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'weighgate-pty-'));
      const [device, agent] = [join(folder, 'device'), join(folder, 'agent')];
      const socat = spawn('socat', [`pty,raw,echo=0,link=${device}`, `pty,raw,echo=0,link=${agent}`], {
        stdio: 'ignore',
      });
      try {
        await expect.poll(() => existsSync(device) && existsSync(agent), { timeout: 5000 }).toBe(true);
        for (let round = 0; round < 3; round += 1) {
          await using near = await openWhenFree(agent);
          await using far = await openWhenFree(device);
          const [nearChunks, farChunks] = [near[Symbol.asyncIterator](), far[Symbol.asyncIterator]()];
          await far.write(Buffer.from([0x02, 0x82, 0x0d]));
          expect([...((await nearChunks.next()).value ?? [])]).toEqual([0x02, 0x82, 0x0d]);
          await near.write(Buffer.from('P'));
          expect(String((await farChunks.next()).value)).toBe('P');
          await expect(serialLine(ptySettings(agent))(never)).rejects.toMatchObject({ code: 'line_busy' });
        }
        await using line = await openWhenFree(agent);
        const lost = expect(Array.fromAsync(line)).rejects.toMatchObject({ code: 'line_lost' });
        await end(socat);
        await lost;
      } finally {
        await end(socat);
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  test('that is not there says so', async () => {
    await expect(serialLine(ptySettings('/dev/weighgate-none'))(never)).rejects.toMatchObject({
      code: 'line_not_found',
    });
  });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
