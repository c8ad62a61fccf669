import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { claimPlantDir } from './claim-plant-dir.ts';

/** Another process that claims the folder and keeps it. */
async function claimElsewhere(dir: string) {
  const script = `
    import { systemClock } from '@weighgate/protocol';
    import { claimPlantDir } from '${join(import.meta.dirname, 'claim-plant-dir.ts')}';
    globalThis.claim = await claimPlantDir('${dir}', process.pid, systemClock);
    console.log('claimed');
    setInterval(() => undefined, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(other.stdout, 'data');
  return other;
}

test('a folder another plant runs in is refused in words that name its process', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-claim-'));
  const other = await claimElsewhere(folder.path);
  try {
    await expect(claimPlantDir(folder.path, process.pid, systemClock)).rejects.toMatchObject({
      code: 'plant_dir_in_use',
      message: expect.stringMatching(
        `running in ${folder.path} already \\(process ${other.pid}\\).*--data DIR`,
      ),
    });
  } finally {
    other.kill('SIGKILL');
  }
}, 15_000);

test('a plant that is killed gives its folder back, also to one that waits for it already', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-claim-'));
  const other = await claimElsewhere(folder.path);
  const claiming = claimPlantDir(folder.path, process.pid, systemClock);
  await systemClock.sleep(200);
  other.kill('SIGKILL');
  using _ = await claiming;
});

test('a claim that is given up can be made again', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-claim-'));
  (await claimPlantDir(folder.path, process.pid, systemClock))[Symbol.dispose]();
  using _ = await claimPlantDir(folder.path, process.pid, systemClock);
});
