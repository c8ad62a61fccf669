import { once } from 'node:events';
import { SerialPortMock } from 'serialport';
import { expect, test } from 'vitest';
import { seededRandom } from './random.ts';
import { virtualClock } from './virtual-clock.ts';
import { startWeighbridge } from './weighbridge.ts';
import { serveWeighbridgeOverSerialMock } from './weighbridge-serial-mock.ts';

const path = '/dev/ttySCALE';

async function openPort() {
  const port = new SerialPortMock({ path, baudRate: 9600 });
  let heard = Buffer.alloc(0);
  port.on('data', (chunk: Buffer) => {
    heard = Buffer.concat([heard, chunk]);
  });
  await once(port, 'open');
  return { port, heard: () => heard };
}

async function close(port: SerialPortMock) {
  const closed = once(port, 'close');
  port.close();
  await closed;
}

test('frames arrive at a SerialPortMock and add up to 0 modulo 128', async () => {
  const clock = virtualClock();
  await using weighbridge = startWeighbridge({ clock, random: seededRandom(1) });
  await using _ = serveWeighbridgeOverSerialMock(weighbridge, path);
  const { port, heard } = await openPort();
  await clock.advance(1000);
  expect(heard().length).toBe(18 * 20);
  for (let at = 0; at < heard().length; at += 18) {
    expect(
      heard()
        .subarray(at, at + 18)
        .reduce((sum, byte) => sum + byte, 0) % 128,
    ).toBe(0);
  }
  await close(port);
});

test('the port may be closed and opened again; what was sent meanwhile is lost', async () => {
  const clock = virtualClock();
  await using weighbridge = startWeighbridge({ clock, random: seededRandom(1) });
  await using _ = serveWeighbridgeOverSerialMock(weighbridge, path);
  const first = await openPort();
  await clock.advance(500);
  await close(first.port);
  await clock.advance(500);
  const second = await openPort();
  await clock.advance(500);
  expect(first.heard().length).toBe(18 * 10);
  expect(second.heard().length).toBe(18 * 10);
  await close(second.port);
});

test('a port that nobody reads from does not fill without end', async () => {
  const clock = virtualClock();
  await using weighbridge = startWeighbridge({ clock, random: seededRandom(1), frameRateHz: 1000 });
  await using _ = serveWeighbridgeOverSerialMock(weighbridge, path);
  const { port } = await openPort();
  port.pause();
  await clock.advance(10_000);
  expect(port.port?.port.data.length).toBeLessThan(17 * 1024);
  await close(port);
});

test('one path is served once, and the mock binding is left as it was found', async () => {
  const clock = virtualClock();
  const before = SerialPortMock.binding.open;
  await using weighbridge = startWeighbridge({ clock, random: seededRandom(1) });
  const served = serveWeighbridgeOverSerialMock(weighbridge, path);
  expect(() => serveWeighbridgeOverSerialMock(weighbridge, path)).toThrow('served already');
  await served[Symbol.asyncDispose]();
  expect(SerialPortMock.binding.open).toBe(before);
});
