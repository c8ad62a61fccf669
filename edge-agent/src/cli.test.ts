import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { freePort } from './sync/mosquitto.ts';

const answerSchema = z.looseObject({ ticketNo: z.string(), netKg: z.number().nullable() });

describe('the edge program', { timeout: 20_000 }, () => {
  test.each([
    [
      'an unknown key',
      'site: DEMO\ndevice: gate-1\ndataDir: data\nscales: []\ncolour: red\n',
      /edge\.yaml:5 colour: is not known here/,
    ],
    [
      'a wrong type',
      'site: DEMO\ndevice: 7\ndataDir: data\nscales: []\n',
      /edge\.yaml:2 device: must be text, not 7/,
    ],
    ['a missing key', 'site: DEMO\n', /edge\.yaml:1 dataDir: is missing/],
  ])('with %s in its configuration ends with 2 and starts nothing', async (_what, text, complaint) => {
    using folder = tempFolder();
    writeFileSync(join(folder.path, 'edge.yaml'), text);
    const { code, stderr } = await runToEnd('run', folder.path);
    expect(stderr).toMatch(complaint);
    expect(stderr).not.toMatch(/ at .*\.ts:\d+/);
    expect(code).toBe(2);
    expect(existsSync(join(folder.path, 'data'))).toBe(false);
  });

  test('with no configuration, no password file or an unknown command ends with 2 and starts nothing', async () => {
    using folder = tempFolder();
    expect(await runToEnd('run', folder.path)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot be read'),
    });
    expect(await runToEnd('weigh', folder.path)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no command weigh'),
    });
    writeConfig(folder.path, 1, 0, 'mqtt: { url: "mqtt://127.0.0.1", passwordFile: none }\n');
    expect(await runToEnd('run', folder.path)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('mqtt.passwordFile'),
    });
    expect(existsSync(join(folder.path, 'data'))).toBe(false);
  });

  test('says how a command is used, and of a wrong option only that', async () => {
    using folder = tempFolder();
    const asked = await runToEnd('detect', folder.path, '--help');
    expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining('detect PATH|HOST:PORT') });
    const wrong = await runToEnd('detect', folder.path, '--bauds');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('detect PATH|HOST:PORT') });
    expect(`${asked.stdout}${wrong.stderr}`).not.toContain('commission');
  });

  test('killed in the middle goes on where it was: trucks inside, numbers without a gap, journal intact', async () => {
    using folder = tempFolder();
    await using indicator = await openIndicator();
    writeConfig(folder.path, indicator.port, await freePort());
    const first = await startProgram(folder.path);
    indicator.show(15_000);
    expect(await weigh(first, { direction: 'in', truck: 'A-1' })).toMatchObject({
      ticketNo: expect.stringMatching(/-000001$/),
    });
    const killed = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await killed;

    const second = await startProgram(folder.path);
    const refused = await post(second, { direction: 'in', truck: 'A-2' });
    expect(await refused.json()).toMatchObject({
      type: expect.stringMatching(/already-registered|no-reading/),
    });
    indicator.show(0);
    await systemClock.sleep(500);
    indicator.show(8000);
    expect(await weigh(second, { direction: 'out', truck: 'A-1' })).toMatchObject({
      ticketNo: expect.stringMatching(/-000002$/),
      netKg: 7000,
    });
    const locked = await runToEnd('run', folder.path);
    expect(locked).toMatchObject({ code: 3, stderr: expect.stringContaining(`process ${second.child.pid}`) });
    expect(await runToEnd('verify', folder.path)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('intact: 5 entries'),
    });
    const exited = once(second.child, 'exit');
    // Its standard input stays open: the signal alone has to end it.
    second.child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);

    const third = await startProgram(folder.path);
    const ended = once(third.child, 'exit');
    third.child.stdin?.end();
    expect(await ended).toEqual([0, null]);
  });
});

interface Program {
  child: ChildProcess;
  url: string;
  apiKey: string;
}

function cli(command: string, folder: string, ...more: string[]): ChildProcess {
  const args = [join(import.meta.dirname, 'cli.ts'), command, '--config', join(folder, 'edge.yaml'), ...more];
  return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
}

async function runToEnd(command: string, folder: string, ...args: string[]) {
  const child = cli(command, folder, ...args);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (text) => {
    stdout += text;
  });
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

async function startProgram(folder: string): Promise<Program> {
  const child = cli('run', folder, '--stop-with-stdin');
  let log = '';
  child.stderr?.on('data', (text) => {
    log += text;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (text) => {
      log += text;
      const ready = /"url":"([^"]+)".*"agent\.ready"/.exec(log)?.[1];
      if (ready !== undefined) resolve(ready);
    });
    child.once('exit', () => reject(new Error(log)));
  });
  return { child, url, apiKey: readFileSync(join(folder, 'data', 'api-key'), 'utf8').trim() };
}

function post({ url, apiKey }: Program, body: object): Promise<Response> {
  return fetch(`${url}/api/weight/weight`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}` },
    body: JSON.stringify(body),
  });
}

/** Asks until the truck stands still. */
async function weigh(program: Program, body: object) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const response = await post(program, body);
    if (response.status === 200) return answerSchema.parse(await response.json());
    if (response.status !== 409) throw new Error(await response.text());
    await systemClock.sleep(50);
  }
  throw new Error('the truck never stood still');
}

function writeConfig(folder: string, linePort: number, httpPort: number, more = ''): void {
  const text = `site: DEMO
device: gate-1
dataDir: data
scales:
  - { id: north, line: { kind: tcp, port: ${linePort} }, indicator: { model: mt-continuous } }
http: { port: ${httpPort} }
${more}`;
  writeFileSync(join(folder, 'edge.yaml'), text);
}

function tempFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'weighgate-edge-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** An indicator on a TCP port that sends Mettler-Toledo frames made from the manual, twenty a second. */
async function openIndicator() {
  const sockets = new Set<Socket>();
  const stop = new AbortController();
  let kg = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sending = (async () => {
    while (!stop.signal.aborted) {
      for (const socket of sockets) socket.write(frameOf(kg));
      await systemClock.sleep(50);
    }
  })();
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    show: (shown: number) => {
      kg = shown;
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await sending;
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function frameOf(kg: number): Uint8Array {
  const body = [0x02, 0x2a, 0x30, 0x20, ...Buffer.from(`${String(kg).padStart(6)}     0`), 0x0d];
  const check = -body.reduce((sum, byte) => sum + byte, 0) & 0x7f;
  return Uint8Array.from([...body, check]);
}
