import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lockDataDir } from './lock.ts';
import { storeFolder } from './store-folder.ts';

describe('the lock of a data folder', () => {
  test('is held by one agent at a time, and the other is told which', () => {
    using folder = storeFolder();
    {
      using _held = lockDataDir(folder.dataDir, 4711);
      expect(() => lockDataDir(folder.dataDir, 4712)).toThrow(
        expect.objectContaining({ code: 'store_locked', message: expect.stringContaining('process 4711') }),
      );
    }
    using _again = lockDataDir(folder.dataDir, 4713);
  });

  test('is free again once the process that held it was killed', async () => {
    using folder = storeFolder();
    const script = `
      import { lockDataDir } from ${JSON.stringify(import.meta.resolve('./lock.ts'))};
      globalThis.held = lockDataDir(${JSON.stringify(folder.dataDir)}, process.pid);
      process.stdout.write('locked');
      setInterval(() => undefined, 1000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    expect(() => lockDataDir(folder.dataDir, 1)).toThrow(
      expect.objectContaining({
        code: 'store_locked',
        message: expect.stringContaining(`process ${child.pid}`),
      }),
    );
    child.kill('SIGKILL');
    await exited;
    using _free = lockDataDir(folder.dataDir, 2);
  });

  test('on what is no folder says so', () => {
    using folder = storeFolder();
    const file = join(folder.dataDir, 'a-file');
    writeFileSync(file, '');
    expect(() => lockDataDir(file, 1)).toThrow(
      expect.objectContaining({ code: 'store_unusable', message: expect.stringContaining(file) }),
    );
  });
});
