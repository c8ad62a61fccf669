import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readEntry, type SettingsReport } from '@weighgate/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openSettingsKeeper } from './settings-keeper.ts';
import { openTestStore, storeFolder } from './store/store-folder.ts';
import { settingsPath } from './sync/settings-file.ts';
import { noSettings, type SettingsEvent } from './sync/settings-state.ts';

const log = pino({ level: 'silent' });
const changes = [{ setting: 'logLevel', old: '"info"', new: '"debug"' }];
const order: SettingsEvent = {
  kind: 'ordered',
  version: 3,
  verdict: { kind: 'good', settings: { logLevel: 'debug' }, changes, expected: [] },
};

test('the state is in the file before anything follows, and only its owner may read it', () => {
  using folder = storeFolder();
  const keeper = openSettingsKeeper(folder.dataDir, log);
  expect(keeper.take(order)).toEqual([{ kind: 'restart' }]);
  expect(statSync(settingsPath(folder.dataDir)).mode & 0o777).toBe(0o600);
  expect(openSettingsKeeper(folder.dataDir, log).state()).toEqual(keeper.state());
});

test('a process that is killed within the trial comes up with what held before, and says so', () => {
  using folder = storeFolder();
  const first = openSettingsKeeper(folder.dataDir, log);
  first.take(order);
  first.take({ kind: 'started' });
  const second = openSettingsKeeper(folder.dataDir, log);
  second.take({ kind: 'started' });
  expect(second.state()).toMatchObject({ good: { version: 0 }, trial: null, newest: 3 });
  expect(second.state().owed.map(({ outcome }) => outcome)).toEqual(['trying', 'rolled_back']);
});

test('a draft that a power cut left beside the file changes nothing', () => {
  using folder = storeFolder();
  const keeper = openSettingsKeeper(folder.dataDir, log);
  keeper.take(order);
  const whole = readFileSync(settingsPath(folder.dataDir), 'utf8');
  writeFileSync(`${settingsPath(folder.dataDir)}.new`, whole.slice(0, 40));
  expect(openSettingsKeeper(folder.dataDir, log).state()).toEqual(keeper.state());
});

test('a file that cannot be read counts as none: the agent comes up with its own configuration', () => {
  using folder = storeFolder();
  mkdirSync(folder.dataDir, { recursive: true });
  for (const text of [
    '',
    '{',
    '{"v":1}',
    '{"v":1,"newest":1,"good":{"version":1,"settings":{"maxKg":1}},"trial":null,"owed":[]}',
  ]) {
    writeFileSync(settingsPath(folder.dataDir), text);
    expect(openSettingsKeeper(folder.dataDir, log).state()).toEqual(noSettings);
  }
});

test.skipIf(process.getuid?.() === 0)('what cannot be kept did not happen', () => {
  using folder = storeFolder();
  mkdirSync(folder.dataDir, { recursive: true });
  const keeper = openSettingsKeeper(folder.dataDir, log);
  chmodSync(folder.dataDir, 0o500);
  try {
    expect(keeper.take(order)).toBeUndefined();
  } finally {
    chmodSync(folder.dataDir, 0o700);
  }
  expect(keeper.state()).toEqual(noSettings);
  expect(readdirSync(folder.dataDir)).not.toContain('remote-settings.json');
});

test('a report is one entry, though the power goes between the journal and the file', () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  const keeper = openSettingsKeeper(folder.dataDir, log);
  keeper.take(order);
  keeper.take({ kind: 'started' });
  const { owed } = keeper.state();
  for (const report of owed) store.settingsReports.add(report);
  // The file still owes it: as after a power cut.
  const again = openSettingsKeeper(folder.dataDir, log);
  expect(again.state().owed).toEqual(owed);
  again.report(store.settingsReports.add);
  expect(again.state().owed).toEqual([]);
  const reports = store.journal.rowsAfter(0, 100, 1e9).flatMap(({ entry }): SettingsReport[] => {
    const reading = readEntry(entry);
    return reading.kind === 'known' && reading.entry.kind === 'settings.changed' ? [reading.entry.body] : [];
  });
  expect(reports).toEqual([{ version: 3, outcome: 'trying', detail: null, changes }]);
});
