import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { type ProgramStart, startProgram } from './program.ts';

const sayReady = `console.log('not JSON'); console.log(JSON.stringify({ msg: 'other', url: 'no' }));
console.log(JSON.stringify({ msg: 'toy.ready', url: 'http://toy' }));`;
const untilStdinEnds = `process.stdin.on('end', () => process.exit(0)).resume();`;

async function toy(script: string, more: Partial<ProgramStart> = {}) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-program-'));
  const file = join(folder.path, 'toy.mjs');
  writeFileSync(file, script);
  const start: ProgramStart = {
    name: 'toy',
    args: [file],
    readyMessage: 'toy.ready',
    logDir: join(folder.path, 'logs'),
    readyTimeoutMs: 10_000,
    ...more,
  };
  return { folder, start, log: () => readFileSync(join(folder.path, 'logs', 'toy.log'), 'utf8') };
}

const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

test('a program is ready when it says so, and what it prints is kept', async () => {
  const { folder, start, log } = await toy(`${sayReady}${untilStdinEnds}`);
  await using _ = folder;
  const program = await startProgram(start, systemClock);
  expect(program.ready).toEqual({ msg: 'toy.ready', url: 'http://toy' });
  expect(await program.stop()).toMatchObject({ signal: 'SIGTERM' });
  expect(log()).toMatch(/^not JSON\n/);
});

test('a program that holds on to its standard input stops at once all the same', async () => {
  const { folder, start } = await toy(
    `process.on('SIGTERM', () => undefined); process.stdin.resume();${sayReady}`,
  );
  await using _ = folder;
  const program = await startProgram(start, systemClock);
  const askedMs = systemClock.monotonicMs();
  expect(await program.stop()).toMatchObject({ code: 0 });
  expect(systemClock.monotonicMs() - askedMs).toBeLessThan(2_000);
});

test('a program that does not stop when asked is taken down after 5 s', async () => {
  const { folder, start } = await toy(
    `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000);${sayReady}`,
  );
  await using _ = folder;
  const program = await startProgram(start, systemClock);
  expect(await program.stop()).toMatchObject({ signal: 'SIGKILL' });
  expect(isAlive(program.pid)).toBe(false);
}, 15_000);

test('a program that ends before it is ready is told with its last words and its exit code', async () => {
  const { folder, start } = await toy(`console.error('port 80 is taken'); process.exitCode = 3;`);
  await using _ = folder;
  await expect(startProgram(start, systemClock)).rejects.toMatchObject({
    message: 'port 80 is taken',
    exitCode: 3,
  });
});

test('a program that is not ready in time is taken down', async () => {
  const { folder, start } = await toy('setInterval(() => undefined, 1000);', { readyTimeoutMs: 200 });
  await using _ = folder;
  await expect(startProgram(start, systemClock)).rejects.toMatchObject({
    message: expect.stringMatching(/not ready after 200 ms; see .*toy\.log/),
    exitCode: null,
  });
});

test('a program nobody wants any more is stopped while it comes up', async () => {
  const unwanted = new AbortController();
  const { folder, start } = await toy('setInterval(() => undefined, 1000);', { signal: unwanted.signal });
  await using _ = folder;
  const starting = startProgram(start, systemClock);
  unwanted.abort();
  await expect(starting).rejects.toMatchObject({ message: 'toy is not wanted any more', exitCode: null });
});
