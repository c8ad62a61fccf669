import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchDevice } from './watch-device.ts';

let folder: string;
let stable: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weighgate-device-'));
  stable = join(folder, 'usb-indicator');
  for (const name of ['ttyUSB0', 'ttyUSB1']) writeFileSync(join(folder, name), '');
  symlinkSync(join(folder, 'ttyUSB0'), stable);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each<[string, () => void]>([
  ['is unplugged', () => rmSync(stable)],
  [
    'gets another device behind its stable name',
    () => {
      rmSync(stable);
      symlinkSync(join(folder, 'ttyUSB1'), stable);
    },
  ],
  [
    'is put back under the same name',
    () => {
      rmSync(join(folder, 'ttyUSB0'));
      writeFileSync(join(folder, 'ttyUSB0'), '');
    },
  ],
])('a device that %s is gone, once, within a second', async (_, happens) => {
  let gone = 0;
  const stop = watchDevice(stable, () => {
    gone += 1;
  });
  await systemClock.sleep(50);
  happens();
  await expect.poll(() => gone, { timeout: 1_200 }).toBe(1);
  stop();
});

test('a device that stays, or is not watched any more, is never gone', async () => {
  let gone = 0;
  const stopFirst = watchDevice(stable, () => {
    gone += 1;
  });
  await systemClock.sleep(700);
  stopFirst();
  rmSync(stable);
  await systemClock.sleep(700);
  expect(gone).toBe(0);
});
