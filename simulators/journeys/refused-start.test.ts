import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { npmStart } from './npm-start.ts';
import { untilGone } from './process-tree.ts';

const names = ['cloud', 'edge', 'mqtt', 'scale'];

test.each(names)(
  'a %s port in use is said in words with the option to change it, and nothing is left running',
  async (name) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-refused-'));
    await using occupier = createServer().listen(0, '127.0.0.1');
    await once(occupier, 'listening');
    const address = occupier.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const taken = String(address.port);
    const ports = names.flatMap((other) => [`--${other}-port`, other === name ? taken : '0']);
    await using run = npmStart({ dataDir: folder.path, ports });
    const started = run.processes();
    expect(await run.ended).toEqual({ code: 3, signal: null });
    expect(run.lines).toEqual([]);
    expect(run.errorLines).toEqual([
      expect.stringMatching(new RegExp(`^Port ${taken}, meant for .*, is in use .* with --${name}-port\\.$`)),
    ]);
    expect(await untilGone(started, 500, systemClock)).toBe(true);
  },
);

test('a second npm start on the same folder is refused in words, and the first goes on undisturbed', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-refused-'));
  await using first = npmStart({ dataDir: folder.path });
  await first.untilLine(/weighed in/);
  const running = first.processes();
  await using second = npmStart({ dataDir: folder.path });
  expect(await second.ended).toEqual({ code: 3, signal: null });
  expect(second.lines).toEqual([]);
  expect(second.errorLines).toEqual([
    `Weighgate is running in ${folder.path} already (process ${first.pid}). Stop that one, or keep this one elsewhere with --data DIR.`,
  ]);

  const saidBefore = first.lines.length;
  await first.untilLine(/billed/, saidBefore);
  expect(first.processes()).toEqual(expect.arrayContaining(running));
  process.kill(first.pid, 'SIGINT');
  expect(await first.ended).toEqual({ code: 0, signal: null });
  expect(first.errorLines).toEqual([]);
});

test('a folder that cannot be made is said in words', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-refused-'));
  const file = join(folder.path, 'file');
  writeFileSync(file, 'not a folder');
  await using run = npmStart({ dataDir: join(file, 'plant') });
  expect(await run.ended).toEqual({ code: 3, signal: null });
  expect(run.errorLines).toEqual([
    expect.stringMatching(/^Nothing can be kept in .*file\/plant .*--data DIR\.$/),
  ]);
});

const wrong: [string[], RegExp][] = [
  [['--sped', '3'], /--sped/],
  [['--speed', 'fast'], /--speed must be a number from 0\.1 to 100, not "fast"/],
  [['--speed', '0'], /--speed must be/],
  [['--cloud-port', '70000'], /--cloud-port must be a whole number from 0 to 65535/],
  [['--seed', '1.5'], /--seed must be a whole number/],
  [['--json'], /--json goes with --once/],
  [['now'], /now/],
];
test.each(wrong)('options %j are refused with words and the usage', async (args, words) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-refused-'));
  await using run = npmStart({ dataDir: folder.path, args });
  expect(await run.ended).toEqual({ code: 2, signal: null });
  expect(run.lines).toEqual([]);
  expect(run.errorLines[0]).toMatch(words);
  expect(run.errorLines.join('\n')).toMatch(/npm start -- \[OPTIONS\].*--scale-port N/s);
  expect(run.errorLines.filter((line) => /^\s+at /.test(line))).toEqual([]);
});
