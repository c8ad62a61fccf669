import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { SerialPort } from 'serialport';
import { expect, test } from 'vitest';
import { openPtyPair } from './pty-pair.ts';
import { seededRandom } from './random.ts';
import { testRequiring } from './required-component.ts';
import { startWeighbridge } from './weighbridge.ts';
import { serveWeighbridgeOverSerial } from './weighbridge-serial.ts';

const testWithSocat = testRequiring('socat');

const newDirectory = () => mkdtempDisposable(join(tmpdir(), 'weighgate-serial-'));
const startFast = () =>
  startWeighbridge({ clock: systemClock, random: seededRandom(1), frameRateHz: 200, speed: 20 });

/** What whoever opens the port hears first: at least `count` bytes. */
async function hear(path: string, count: number): Promise<Buffer> {
  const port = new SerialPort({ path, baudRate: 9600 });
  let heard = Buffer.alloc(0);
  while (heard.length < count) {
    const [chunk] = await once(port, 'data');
    heard = Buffer.concat([heard, chunk]);
  }
  const closed = once(port, 'close');
  port.close();
  await closed;
  return heard;
}

testWithSocat('frames arrive through a real serial port and add up to 0 modulo 128', async () => {
  await using weighbridge = startFast();
  await using directory = await newDirectory();
  await using pair = await openPtyPair(directory.path);
  await using _ = await serveWeighbridgeOverSerial(weighbridge, pair.deviceSide, { baudRate: 9600 });
  const heard = await hear(pair.agentSide, 18 * 20);
  const start = heard.indexOf('\r') + 2;
  for (let at = start; at + 18 <= heard.length; at += 18) {
    const frame = heard.subarray(at, at + 18);
    expect(frame[0]).toBe(0x02);
    expect(frame.reduce((sum, byte) => sum + byte, 0) % 128).toBe(0);
  }
  expect(heard.length - start).toBeGreaterThan(18 * 10);
});

testWithSocat('the agent may close the port and open it again', async () => {
  await using weighbridge = startFast();
  await using directory = await newDirectory();
  await using pair = await openPtyPair(directory.path);
  await using _ = await serveWeighbridgeOverSerial(weighbridge, pair.deviceSide, { baudRate: 9600 });
  expect((await hear(pair.agentSide, 40)).includes(0x02)).toBe(true);
  expect((await hear(pair.agentSide, 40)).includes(0x02)).toBe(true);
});

testWithSocat('a cable that is pulled does not stop the weighbridge', async () => {
  await using weighbridge = startFast();
  await using directory = await newDirectory();
  const pair = await openPtyPair(directory.path);
  await using _ = await serveWeighbridgeOverSerial(weighbridge, pair.deviceSide, { baudRate: 9600 });
  await hear(pair.agentSide, 40);
  await pair[Symbol.asyncDispose]();
  let frames = 0;
  weighbridge.attach(() => {
    frames += 1;
  });
  await systemClock.sleep(100);
  expect(frames).toBeGreaterThan(5);
});

test('a serial port that is not there is said in words', async () => {
  await using weighbridge = startFast();
  await expect(
    serveWeighbridgeOverSerial(weighbridge, '/dev/weighgate-no-such-port', { baudRate: 9600 }),
  ).rejects.toMatchObject({
    code: 'serial_port_unavailable',
    message: expect.stringContaining('/dev/weighgate-no-such-port'),
  });
});
