import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { SerialPort } from 'serialport';
import { expect, test } from 'vitest';
import { testRequiring } from '../required-component.ts';
import { runSimIndicator } from './run-sim.ts';
import { readSimOptions } from './sim-options.ts';

const testWithSocat = testRequiring('socat');

/** Starts it as from the command line; resolves when it has said where it is. */
async function started(words: string[]) {
  const read = readSimOptions(words);
  if (read.kind !== 'run') throw new Error(JSON.stringify(read));
  const stop = new AbortController();
  const said: string[] = [];
  const { promise: ready, resolve: hasSaid } = Promise.withResolvers<void>();
  const say = (line: string) => {
    said.push(line);
    if (line.startsWith('Stop with')) hasSaid();
  };
  const running = runSimIndicator(read.options, { clock: systemClock, say, signal: stop.signal });
  await Promise.race([ready, running]);
  const end = async () => {
    stop.abort();
    await running;
  };
  return { said, end };
}

const portOf = (said: readonly string[]) =>
  Number(/127\.0\.0\.1:(\d+)/.exec(said.find((line) => line.startsWith('Listening')) ?? '')?.[1]);

test('a fixed load is answered over TCP, and it stops when told', async () => {
  const { said, end } = await started('--model mt-sics --port 0 --load 12340 --speed 100'.split(' '));
  expect(said).toContain('It speaks mt-sics, and answers when asked.');
  expect(said).toContain('12 340 kg lie on the deck.');
  await systemClock.sleep(200);
  const client = connect(portOf(said), '127.0.0.1');
  client.write('SI\r\n');
  const [heard] = await once(client, 'data');
  expect(String(heard)).toBe('S S      12340 kg\r\n');
  client.destroy();
  await end();
});

test('trucks come and go, and the display is told in words', async () => {
  const { said, end } = await started('--model yaohua-xor --port 0 --speed 100'.split(' '));
  while (!said.includes('  it has left.')) await systemClock.sleep(20);
  await end();
  expect(said.some((line) => /^Truck [\d-]+, [\d ]+ kg, drives on\.$/.test(line))).toBe(true);
  expect(said.some((line) => /^ {2}the display shows \d+ kg gross, stable$/.test(line))).toBe(true);
});

test('a port in use is said in words', async () => {
  const first = await started('--model cas-10 --port 0'.split(' '));
  const port = String(portOf(first.said));
  await expect(started(['--model', 'cas-10', '--port', port])).rejects.toMatchObject({ code: 'port_in_use' });
  await first.end();
});

testWithSocat('it speaks on a serial line as well', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'weighgate-sim-'));
  const words = ['--model', 'gram-pc0', '--pty', directory.path, '--load', '500', '--speed', '100'];
  const { end } = await started(words);
  const port = new SerialPort({ path: join(directory.path, 'agent'), baudRate: 9600 });
  let heard = '';
  while (!heard.includes('    500kg\r\x03')) {
    const [chunk] = await once(port, 'data');
    heard += String(chunk);
  }
  const closed = once(port, 'close');
  port.close();
  await closed;
  await end();
});
