import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { seededRandom } from '../src/random.ts';
import { type NpmStart, npmStart } from './npm-start.ts';
import { untilGone } from './process-tree.ts';

const STOP_WITHIN_MS = 3_000;
const random = seededRandom(20);

/** As a terminal does it: every process of the group gets the signal. */
const ctrlC = (run: NpmStart) => run.signalGroup('SIGINT');
/** As a supervisor does it: one process gets it and has to tell the others. */
const signalOne = (run: NpmStart) => void process.kill(run.pid, 'SIGINT');

async function expectCleanStop(run: NpmStart, stop: (run: NpmStart) => void): Promise<void> {
  const running = run.processes();
  const askedMs = systemClock.monotonicMs();
  stop(run);
  const end = await run.ended;
  expect(systemClock.monotonicMs() - askedMs).toBeLessThan(STOP_WITHIN_MS);
  // A program that does not listen yet is ended by the signal itself, which a shell calls 130.
  expect([0, 130, 'SIGINT']).toContain(end.code ?? end.signal);
  expect(await untilGone(running, 500, systemClock)).toBe(true);
  expect(run.errorLines.filter((line) => /^\s+at /.test(line))).toEqual([]);
  expect(run.errorLines).toEqual([]);
}

const moments = Array.from({ length: 2 }, () => random.whole(50, 2500));

test.each(moments)(
  'Ctrl-C %i ms after the plant has come up stops everything within 3 s',
  async (afterMs) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-stop-'));
    await using run = npmStart({ dataDir: folder.path, launched: true });
    await run.untilLine(/stop with/);
    await systemClock.sleep(afterMs);
    await expectCleanStop(run, ctrlC);
  },
);

test('a signal to the launcher alone stops everything within 3 s', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-stop-'));
  await using run = npmStart({ dataDir: folder.path, launched: true });
  await run.untilLine(/weighed in/);
  await expectCleanStop(run, signalOne);
});

test('when nobody reads its output any more it stops without a stack trace', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-stop-'));
  await using run = npmStart({ dataDir: folder.path });
  await run.untilLine(/stop with/);
  const running = run.processes();
  run.closeOutput();
  expect((await run.ended).code).toBe(0);
  expect(await untilGone(running, 500, systemClock)).toBe(true);
  expect(run.errorLines).toEqual([]);
});

const early = [300, 1200, random.whole(500, 2200), random.whole(500, 2200)];
for (const [name, stop] of [
  ['Ctrl-C', ctrlC],
  ['a signal to the launcher alone', signalOne],
] as const) {
  test.each(early)(`${name} %i ms into the very first start stops everything within 3 s`, async (afterMs) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'weighgate-stop-'));
    await using run = npmStart({ dataDir: folder.path, launched: true });
    await systemClock.sleep(afterMs);
    await expectCleanStop(run, stop);
  });
}
