import { readEntry } from '@weighgate/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { virtualClock } from './line/virtual-clock.ts';
import { storeFolder } from './store/store-folder.ts';
import { codeOf, openDesk } from './store/test-desk.ts';
import { watchAlibi } from './watch-alibi.ts';
import type { AlibiRecall } from './weighing/alibi-memory.ts';
import { alibiChecker } from './weighing/check-alibi.ts';

test('a load is not registered before the indicator keeps it', async () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  desk.scale.alibiId = () => null;
  expect(codeOf(await desk.drive(15_000, {}))).toBe('alibi_missing');
});

test('every day some weighings are looked up in the memory, and what came of it is on record', async () => {
  using folder = storeFolder();
  const clock = virtualClock();
  using desk = openDesk(folder.dataDir, clock);
  for (let truck = 1; truck <= 7; truck += 1) {
    // The first was weighed before the memory was there.
    desk.scale.alibiId = truck === 1 ? undefined : () => `00000-00000${truck}`;
    expect(codeOf(await desk.drive(15_000, { truck: `T ${truck}` }))).toBe('recorded');
  }
  const recalls: Record<string, AlibiRecall> = {
    '00000-000003': { kind: 'recalled', grossG: 15_020_000, shown: '15020 kg' },
    '00000-000004': { kind: 'no_answer' },
  };
  const asked: string[] = [];
  const recall = async (alibiId: string) => {
    asked.push(alibiId);
    return recalls[alibiId] ?? { kind: 'recalled' as const, grossG: 15_000_000, shown: '15000 kg' };
  };
  const stop = new AbortController();
  const parts = { clock, random: () => 0.99, log: pino({ level: 'silent' }), signal: stop.signal };
  const watching = watchAlibi(
    desk.store,
    alibiChecker(() => ({ recall })),
    parts,
  );
  await clock.advance(24 * 3_600_000 + 1);
  stop.abort();
  await watching;
  expect(asked.toSorted()).toEqual([2, 3, 4, 5, 6].map((truck) => `00000-00000${truck}`));
  const checks = desk.store.journal.rowsAfter(0, 50, 1_000_000).flatMap((row) => {
    const reading = readEntry(row.entry);
    return reading.kind === 'known' && reading.entry.kind === 'alibi.checked' ? [reading.entry.body] : [];
  });
  expect(checks.map(({ alibiId, outcome, trigger }) => [alibiId, outcome, trigger]).toSorted()).toEqual([
    ['00000-000002', 'same', 'nightly'],
    ['00000-000003', 'differs', 'nightly'],
    ['00000-000004', 'no_answer', 'nightly'],
    ['00000-000005', 'same', 'nightly'],
    ['00000-000006', 'same', 'nightly'],
  ]);
});
