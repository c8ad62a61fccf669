import { existsSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openPtyPair } from './pty-pair.ts';
import { testRequiring } from './required-component.ts';

const testWithSocat = testRequiring('socat');

const newDirectory = () => mkdtempDisposable(join(tmpdir(), 'weighgate-pty,pair:'));

testWithSocat('a pair has two ends while it is open and none after', async () => {
  await using directory = await newDirectory();
  const pair = await openPtyPair(directory.path);
  expect([existsSync(pair.deviceSide), existsSync(pair.agentSide)]).toEqual([true, true]);
  await pair[Symbol.asyncDispose]();
  expect([existsSync(pair.deviceSide), existsSync(pair.agentSide)]).toEqual([false, false]);
});

testWithSocat('a pair can be made again in the same directory', async () => {
  await using directory = await newDirectory();
  await (await openPtyPair(directory.path))[Symbol.asyncDispose]();
  await using again = await openPtyPair(directory.path);
  expect(existsSync(again.agentSide)).toBe(true);
});

test('without socat the error says what it is, how to get it, and that TCP needs nothing', async () => {
  await using directory = await newDirectory();
  vi.stubEnv('PATH', directory.path);
  try {
    await expect(openPtyPair(directory.path)).rejects.toMatchObject({
      code: 'socat_missing',
      message: expect.stringMatching(/joins two serial ports.*apt-get install socat.*over TCP/),
    });
  } finally {
    vi.unstubAllEnvs();
  }
});
