import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { noteProgram, untilFormerEnded } from './former-program.ts';
import { virtualClock } from './virtual-clock.ts';

const args = ['-e', 'setTimeout(() => undefined, 60_000)'];

async function startSleeper() {
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  await once(child, 'spawn');
  if (child.pid === undefined) throw new Error('not started');
  return { child, pid: child.pid, [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

const onLinux = test.skipIf(process.platform !== 'linux');

onLinux('a program of an earlier run is waited for until it has ended', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-former-'));
  const pidFile = join(folder.path, 'sleeper.pid');
  using sleeper = await startSleeper();
  noteProgram(pidFile, { pid: sleeper.pid, args });
  let waited = false;
  const waiting = untilFormerEnded(pidFile, systemClock).then(() => {
    waited = true;
  });
  await systemClock.sleep(100);
  expect(waited).toBe(false);
  sleeper.child.kill('SIGKILL');
  await waiting;
});

onLinux('a program that never ends is waited for 10 s and no longer', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-former-'));
  const pidFile = join(folder.path, 'sleeper.pid');
  using sleeper = await startSleeper();
  noteProgram(pidFile, { pid: sleeper.pid, args });
  const clock = virtualClock();
  const waiting = untilFormerEnded(pidFile, clock);
  await clock.advance(10_100);
  await waiting;
});

test('a process id that names another program by now is not waited for', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-former-'));
  const pidFile = join(folder.path, 'other.pid');
  noteProgram(pidFile, { pid: process.pid, args });
  await untilFormerEnded(pidFile, virtualClock());
});

test.each(['', '{"pid":', '{"pid":0,"args":[]}', '[]'])('a note cut short is no note: %j', async (text) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-former-'));
  const pidFile = join(folder.path, 'cut.pid');
  writeFileSync(pidFile, text);
  await untilFormerEnded(pidFile, virtualClock());
});

test('without an earlier run there is nothing to wait for', async () => {
  await untilFormerEnded('/no/such/file.pid', virtualClock());
});
