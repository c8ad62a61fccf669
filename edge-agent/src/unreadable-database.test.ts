import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { databasePath } from './store/open-database.ts';
import { openTestStore, storeFolder } from './store/store-folder.ts';

/** For the superuser no file is closed: the right to open them all is taken from the agent. */
const asUser =
  process.getuid?.() === 0
    ? [
        'setpriv',
        '--bounding-set=-dac_override,-dac_read_search',
        '--inh-caps=-dac_override,-dac_read_search',
      ]
    : [];

/** Starts the agent on a data folder and waits for its end. */
function start(folder: string) {
  const config = join(folder, 'edge.yaml');
  writeFileSync(
    config,
    'site: DEMO\ndevice: gate-1\ndataDir: data\n' +
      'scales: [{ id: north, line: { kind: tcp, port: 1 }, indicator: { model: mt-continuous } }]\nhttp: { port: 0 }\n',
  );
  const agent = [process.execPath, join(import.meta.dirname, 'cli.ts'), 'run', '--config', config];
  const [program = '', ...args] = [...asUser, ...agent];
  return spawnSync(program, args, { encoding: 'utf8', timeout: 20_000 });
}

test.each([
  ['the database', (dataDir: string) => databasePath(dataDir)],
  ['the data folder', (dataDir: string) => dataDir],
])('an agent that may not open %s says so, and makes no other beside it (B11)', (_what, closedOf) => {
  using folder = storeFolder();
  const dataDir = join(folder.dataDir, 'data');
  mkdirSync(dataDir);
  {
    using store = openTestStore(dataDir);
    store.containerTares.setTare('C-1', 1);
  }
  const bytes = readFileSync(databasePath(dataDir));
  const closed = closedOf(dataDir);
  chmodSync(closed, 0o000);
  const { status, stderr } = start(folder.dataDir);
  chmodSync(closed, 0o700);
  expect(stderr).toMatch(/cannot be used: .*(permission|unable to open|EACCES)/i);
  expect(stderr).toContain(dataDir);
  expect(stderr).not.toMatch(/ at .*\.ts:/);
  expect(status).toBe(3);
  expect(readFileSync(databasePath(dataDir)).equals(bytes)).toBe(true);
  expect(readdirSync(dataDir).filter((name) => name.endsWith('.db'))).toEqual(['journal.db']);
});
