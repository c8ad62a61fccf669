import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { detect } from './detect-command.ts';
import { lineSettingsOf } from './indicator/known-lines.ts';
import { models } from './indicator/models.ts';
import { serialLine } from './line/serial-line.ts';

/** A device behind a serial server, and what `detect` says of it. */
async function detected(device: (socket: Socket) => void, ask = false, seconds = 0.3) {
  const sockets = new Set<Socket>();
  const written: Buffer[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('data', (bytes) => written.push(bytes));
    device(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const lines: string[] = [];
  const request = { target: `127.0.0.1:${port}`, seconds, baudRates: [], ask, answerMs: 50 };
  const exitCode = await detect(request, (line) => lines.push(line), systemClock);
  for (const socket of sockets) socket.destroy();
  server.close();
  return { exitCode, text: lines.join('\n'), written: Buffer.concat(written) };
}

function streaming(frame: string) {
  return (socket: Socket) => {
    const timer = setInterval(() => socket.write(Buffer.from(frame, 'latin1')), 10);
    socket.on('close', () => clearInterval(timer));
  };
}

describe('detect', () => {
  test('names the one model that fits what comes, and ends with 0', async () => {
    const { exitCode, text, written } = await detected(streaming('ST,GS,  12340,kg\r\n'));
    expect(text).toMatch(/st-gs-csv.*12340 kg gross stable/);
    expect(text).toContain('One candidate remains');
    expect(exitCode).toBe(0);
    expect(written).toHaveLength(0);
  });

  test('chooses none of several, and ends with 1', async () => {
    const { exitCode, text } = await detected(streaming('=000.3000'));
    expect(text).toContain('None is chosen');
    expect(text).toContain('read the same bytes differently');
    expect(exitCode).toBe(1);
  });

  test('says that nothing fits, with the bytes', async () => {
    const { exitCode, text } = await detected(streaming('hello\x01\x02 weighbridge\x03'));
    expect(text).toContain('no model fits');
    expect(text).toContain(Buffer.from('hello').toString('hex'));
    expect(exitCode).toBe(1);
  });

  test('says of a silent line that it may have to be asked, and writes nothing', async () => {
    const { exitCode, text, written } = await detected(() => undefined);
    expect(text).toContain('only when it is asked');
    expect(text).toContain('--ask');
    expect(written).toHaveLength(0);
    expect(exitCode).toBe(1);
  });

  test('--ask announces every question it writes, and finds the model that answers', {
    timeout: 60_000,
  }, async () => {
    const answering = (socket: Socket) =>
      socket.on('data', (bytes) => {
        if (bytes.toString('latin1') === 'SI\r\n') socket.write('S S      12340 kg\r\n');
      });
    const { exitCode, text, written } = await detected(answering, true, 0.1);
    expect(text).toContain('questions are written to the device');
    expect(text).toContain(Buffer.from('SI\r\n').toString('hex'));
    expect(written.length).toBeGreaterThan(0);
    expect(text).toMatch(/mt-sics.*12340 kg/);
    // S and SI of Mettler-Toledo and others answer alike.
    expect(exitCode).toBe(text.includes('One candidate remains') ? 0 : 1);
  });

  test('a device that hangs up at what it does not know is found by what it does know', {
    timeout: 60_000,
  }, async () => {
    const touchy = (socket: Socket) =>
      socket.on('data', (bytes) => {
        if (bytes.toString('latin1') === '\nW\r') socket.write('\n 1G       12340kg \r');
        else socket.destroy();
      });
    const { text } = await detected(touchy, true, 0.1);
    expect(text).toContain('closed by the other side');
    expect(text).toMatch(/sma.*12340 kg/);
  });

  test('noise on a line without parity is not taken for parity', async () => {
    let sent = 0;
    const { text } = await detected((socket) => {
      const timer = setInterval(() => {
        sent += 1;
        const second = sent % 10 === 9 ? '\xb0' : '0';
        socket.write(Buffer.from(`\x02+0${second}1560019\x03`, 'latin1'));
      }, 5);
      socket.on('close', () => clearInterval(timer));
    });
    expect(text).toContain('yaohua-xor');
    expect(text).not.toContain('stripParity');
  });
});

test.skipIf(spawnSync('socat', ['-V']).status !== 0 && process.env.CI !== 'true')(
  'a serial port is listened to at one setting after another (needs socat)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weighgate-detect-'));
    const [device, agent] = [join(folder, 'device'), join(folder, 'agent')];
    const socat = spawn('socat', [`pty,raw,echo=0,link=${device}`, `pty,raw,echo=0,link=${agent}`], {
      stdio: 'ignore',
    });
    const wire = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, rts: 'on', dtr: 'on' } as const;
    try {
      await expect.poll(() => existsSync(device) && existsSync(agent), { timeout: 5000 }).toBe(true);
      await using far = await serialLine({ ...wire, path: device })(new AbortController().signal);
      const timer = setInterval(() => void far.write(Buffer.from('ST,GS,  12340,kg\r\n')), 10);
      const lines: string[] = [];
      const request = { target: agent, seconds: 0.15, baudRates: [9600], ask: false, answerMs: 50 };
      const exitCode = await detect(request, (line) => lines.push(line), systemClock);
      clearInterval(timer);
      const text = lines.join('\n');
      expect(text).toMatch(/9600 8N1: \d\d+ bytes/);
      expect(text).toMatch(/st-gs-csv.*12340 kg gross stable/);
      // A pseudo terminal has no baud rate and no parity: every setting gives the same, and the words say so.
      expect(text).toContain('reads alike at 9600 8N1, ');
      expect(exitCode).toBe(0);
    } finally {
      const exited = once(socat, 'exit');
      socat.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

test('a serial port is tried at every setting of the models once, or at the baud rates given', () => {
  const settings = lineSettingsOf(models, []);
  expect(new Set(settings.map((setting) => JSON.stringify(setting))).size).toBe(settings.length);
  expect(settings).toContainEqual({ baudRate: 9600, dataBits: 7, parity: 'even', stopBits: 1 });
  expect(new Set(lineSettingsOf(models, [1200]).map(({ baudRate }) => baudRate))).toEqual(new Set([1200]));
});
