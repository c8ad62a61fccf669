import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { Client } from 'pg';
import { afterAll, expect, test } from 'vitest';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { listenOn } from './listen-on.ts';
import { makeTestFolder, testParts } from './test-database.ts';

const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

// One cluster for the tests that do not need its birth: each leaves it stopped.
const folder = makeTestFolder();
afterAll(() => folder[Symbol.dispose]());

test('the server keeps its data over a restart, durable and behind a password, and is gone when stopped', async () => {
  const options = { ...testParts, dataDir: folder.path, port: 0 };
  const first = await startEmbeddedPostgres(options);
  expect(await ask(first.url, 'show fsync')).toEqual(['on']);
  expect(await ask(first.url, 'show synchronous_commit')).toEqual(['on']);
  expect(await ask(first.url, 'show listen_addresses')).toEqual(['127.0.0.1']);
  await ask(first.url, 'create table kept as select 42 as answer');
  const withoutPassword = first.url.replace(/:[^:@/]+@/, ':wrong@');
  await expect(ask(withoutPassword, 'select 1')).rejects.toThrow('password authentication failed');
  expect(statSync(join(folder.path, 'postgres-password')).mode & 0o777).toBe(0o600);
  await first[Symbol.asyncDispose]();
  expect(isAlive(first.pid)).toBe(false);

  const startedMs = systemClock.monotonicMs();
  await using second = await startEmbeddedPostgres(options);
  expect(systemClock.monotonicMs() - startedMs).toBeLessThan(1_500);
  expect(await ask(second.url, 'select answer from kept')).toEqual([42]);
}, 30_000);

test('a second start on the same folder is refused in words and does the first no harm', async () => {
  const options = { ...testParts, dataDir: folder.path, port: 0 };
  await using first = await startEmbeddedPostgres(options);
  await expect(startEmbeddedPostgres(options)).rejects.toMatchObject({
    code: 'data_folder_in_use',
    message: expect.stringContaining(`another Weighgate cloud is running on ${folder.path}`),
  });
  expect(await ask(first.url, 'select 1')).toEqual([1]);
}, 30_000);

test('a lock file that names another program is no reason to stop that program', async () => {
  const options = { ...testParts, dataDir: folder.path, port: 0 };
  await (await startEmbeddedPostgres(options))[Symbol.asyncDispose]();
  const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
  writeFileSync(join(folder.path, 'postgres', 'postmaster.pid'), `${bystander.pid}\n${folder.path}\n`);
  try {
    await using again = await startEmbeddedPostgres(options);
    expect(await ask(again.url, 'select 1')).toEqual([1]);
    expect(bystander.exitCode).toBeNull();
    expect(isAlive(bystander.pid ?? 0)).toBe(true);
  } finally {
    bystander.kill();
  }
}, 30_000);

test('a birth that was cut short is begun again', async () => {
  using newborn = makeTestFolder();
  mkdirSync(join(newborn.path, 'postgres.new'));
  writeFileSync(join(newborn.path, 'postgres.new', 'PG_VERSION'), 'half');
  await using postgres = await startEmbeddedPostgres({ ...testParts, dataDir: newborn.path, port: 0 });
  expect(await ask(postgres.url, 'select 1')).toEqual([1]);
  expect(existsSync(join(newborn.path, 'postgres.new'))).toBe(false);
  expect(readFileSync(join(newborn.path, 'postgres', 'PG_VERSION'), 'utf8').trim()).toBe('18');
}, 30_000);

test('a chosen port that is taken is said in words', async () => {
  const other = createServer();
  const port = await listenOn(other, '127.0.0.1', 0, 'test');
  await expect(startEmbeddedPostgres({ ...testParts, dataDir: folder.path, port })).rejects.toMatchObject({
    code: 'port_in_use',
    message: expect.stringContaining(`port ${port} on 127.0.0.1 is already in use`),
  });
  await new Promise((done) => other.close(done));
}, 30_000);

test('a server that dies is started again at its address, with all it had; nobody is answered meanwhile', async () => {
  const options = { ...testParts, dataDir: folder.path, port: 0 };
  await using postgres = await startEmbeddedPostgres(options);
  await ask(postgres.url, 'create table survived as select 7 as answer');
  const { pid } = postgres;
  process.kill(pid, 'SIGKILL');
  await expect(ask(postgres.url, 'select 1')).rejects.toThrow();
  const deadlineMs = systemClock.monotonicMs() + 20_000;
  while (postgres.pid === pid && systemClock.monotonicMs() < deadlineMs) await systemClock.sleep(50);
  expect(postgres.pid).not.toBe(pid);
  expect(await ask(postgres.url, 'select answer from survived')).toEqual([7]);
}, 30_000);
