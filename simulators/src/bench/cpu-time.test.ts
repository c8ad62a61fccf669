import { expect, test } from 'vitest';
import { cpuTimeMsOf } from './cpu-time.ts';

test('time on the processor is what the process itself counts', () => {
  const until = performance.now() + 300;
  let sum = 0;
  while (performance.now() < until) sum += Math.sqrt(sum + 1);
  const { user, system } = process.cpuUsage();
  expect(Math.abs(cpuTimeMsOf(process.pid) - (user + system) / 1000)).toBeLessThan(100);
});
