import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { cpuSeconds, familyOf } from './cpu-seconds.ts';

test('the time a process has used grows by what it works', () => {
  const before = cpuSeconds(process.pid);
  const endMs = performance.now() + 400;
  while (performance.now() < endMs) Math.hypot(1, 2);
  const used = cpuSeconds(process.pid) - before;
  expect(used).toBeGreaterThan(0);
  expect(used).toBeLessThan(10);
});

test('the family of a process is itself and what it started, not what others did', async () => {
  const child = spawn('sleep', ['10']);
  await once(child, 'spawn');
  try {
    expect(familyOf(process.pid)).toEqual(expect.arrayContaining([process.pid, child.pid]));
    expect(familyOf(child.pid ?? 0)).toEqual([child.pid]);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});
