import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@weighgate/protocol';
import { afterAll, expect, test } from 'vitest';
import { listenOn } from './store/listen-on.ts';
import { makeTestFolder } from './store/test-database.ts';

const programOf = (name: 'main' | 'cli') => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));

/** A program of ours, run as people run it. */
function run(name: 'main' | 'cli', args: string[]) {
  const env = { ...process.env, DATABASE_URL: '' };
  const child = spawn(process.execPath, [programOf(name), ...args], { stdio: ['pipe', 'pipe', 'pipe'], env });
  const lines: Record<string, unknown>[] = [];
  let said = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) lines.push(JSON.parse(line) as Record<string, unknown>);
    else said += `${line}\n`;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  return { child, lines, said: () => said, ended };
}

async function logged(
  program: { lines: Record<string, unknown>[]; child: ChildProcess; said: () => string },
  msg: string,
) {
  for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 20) {
    const line = program.lines.find((one) => one.msg === msg);
    if (line !== undefined) return line;
    if (program.child.exitCode !== null) break;
    await systemClock.sleep(20);
  }
  throw new Error(`no ${msg}: ${program.said()}`);
}

const anyPorts = ['--http-port', '0', '--mqtt-port', '0'];
/** A process that has ended may stay in the table until its new parent looks; its command line is gone by then. */
const isAlive = (pid: unknown) => {
  const file = `/proc/${String(pid)}/cmdline`;
  return existsSync(file) && readFileSync(file, 'utf8') !== '';
};

async function call(url: unknown, folder: string, path: string, init: RequestInit = {}) {
  const key = readFileSync(join(folder, 'api-key'), 'utf8').trim();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${String(url)}${path}`, { ...init, headers });
  return { status: answer.status, body: (await answer.json()) as { items?: unknown[] } };
}

// One folder for the programs that need a database: each test leaves it stopped.
const folder = makeTestFolder();
afterAll(() => folder[Symbol.dispose]());

test('migrate makes the schema and exits', async () => {
  const program = run('cli', ['migrate', '--data-dir', folder.path]);
  expect(await program.ended).toBe(0);
  expect(program.lines.filter(({ msg }) => msg === 'schema.migrated').length).toBeGreaterThan(0);
}, 20_000);

test('told to stop, it is gone in order within three seconds, and its database with it', async () => {
  const program = run('main', ['--data-dir', folder.path, ...anyPorts]);
  const { url } = await logged(program, 'cloud.ready');
  const { pid } = await logged(program, 'postgres.ready');
  await logged(program, 'inbox.connected');
  expect((await call(url, folder.path, '/health/ready')).status).toBe(200);
  const startedMs = systemClock.monotonicMs();
  program.child.kill('SIGTERM');
  expect(await program.ended).toBe(0);
  expect(systemClock.monotonicMs() - startedMs).toBeLessThan(3_000);
  expect(program.lines.at(-1)).toMatchObject({ msg: 'cloud.stopped' });
  expect(isAlive(pid)).toBe(false);
}, 30_000);

test('killed without warning and started again, it stops what was left behind and goes on with its data', async () => {
  const args = ['--data-dir', folder.path, ...anyPorts];
  const first = run('main', args);
  const { url } = await logged(first, 'cloud.ready');
  const { pid } = await logged(first, 'postgres.ready');
  const made = await call(url, folder.path, '/api/billing/providers', {
    method: 'POST',
    body: '{"name":"Orchard"}',
  });
  expect(made).toEqual({ status: 201, body: { id: 10001, name: 'Orchard', status: 'active' } });
  first.child.kill('SIGKILL');
  await first.ended;
  expect(isAlive(pid)).toBe(true);

  const second = run('main', [...args, '--stop-with-stdin']);
  const ready = await logged(second, 'cloud.ready');
  expect(await logged(second, 'postgres.abandoned_stopped')).toMatchObject({ pid });
  expect(isAlive(pid)).toBe(false);
  expect((await call(ready.url, folder.path, '/api/billing/providers')).body.items).toEqual([
    { id: 10001, name: 'Orchard', status: 'active' },
  ]);
  second.child.stdin.end();
  expect(await second.ended).toBe(0);
}, 40_000);

test('a port in use is said with the option that changes it, exit code 3, and nothing stays behind', async () => {
  const other = createServer();
  const port = await listenOn(other, '127.0.0.1', 0, 'test');
  for (const [args, option] of [
    [['--http-port', String(port), '--mqtt-port', '0'], '--http-port'],
    [['--http-port', '0', '--mqtt-port', String(port)], '--mqtt-port'],
  ] as const) {
    const program = run('main', ['--data-dir', folder.path, ...args]);
    expect(await program.ended).toBe(3);
    expect(program.said()).toContain(`port ${port} on 127.0.0.1 is already in use`);
    expect(program.said()).toContain(option);
    expect(program.said().trim().split('\n')).toHaveLength(1);
    const postgres = program.lines.find(({ msg }) => msg === 'postgres.ready');
    expect(isAlive(postgres?.pid)).toBe(false);
  }
  await new Promise((done) => other.close(done));
}, 40_000);

test('a configuration that is wrong is one line with file, line and key, exit code 2, and nothing is started', async () => {
  using folder = makeTestFolder();
  const file = join(folder.path, 'cloud.yaml');
  writeFileSync(file, `dataDir: ${folder.path}/data\nhttp:\n  prot: 1\n`);
  for (const [name, args] of [
    ['main', ['--config', file]],
    ['cli', ['serve', '--config', file]],
  ] as const) {
    const program = run(name, [...args]);
    expect(await program.ended).toBe(2);
    expect(program.said()).toBe(
      'cloud.yaml:3 http.prot: not a known key; known here: host, port, hosts, corsOrigins, trustedProxies, metricsReaders, drainMs\n',
    );
    expect(existsSync(join(folder.path, 'data'))).toBe(false);
  }
}, 20_000);

test('an unknown command or option is answered with what there is, exit code 2', async () => {
  for (const args of [['fly'], ['serve', '--fly']]) {
    const program = run('cli', args);
    expect(await program.ended).toBe(2);
    expect(program.said()).toMatch(/fly/);
    expect(program.said()).toContain('--config FILE');
  }
  const help = run('cli', []);
  expect(await help.ended).toBe(0);
  expect(help.said()).toContain('migrate');
}, 20_000);
