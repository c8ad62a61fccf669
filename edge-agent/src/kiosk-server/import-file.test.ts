import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { storeFolder } from '../store/store-folder.ts';
import { importNameSchema, readImportFile } from './import-file.ts';

test('a file of the folder is read', async () => {
  using folder = storeFolder();
  writeFileSync(join(folder.dataDir, 'list.csv'), 'id,kg\n');
  const file = await readImportFile(folder.dataDir, 'list.csv', 100);
  expect(file).toMatchObject({ kind: 'bytes', bytes: new TextEncoder().encode('id,kg\n') });
  expect(await readImportFile(folder.dataDir, 'list.csv', 5)).toEqual({ kind: 'too_large' });
  expect(await readImportFile(folder.dataDir, 'other.csv', 5)).toEqual({ kind: 'missing' });
});

test('a link, a folder or a pipe is not read', async () => {
  using folder = storeFolder();
  using secret = storeFolder();
  const at = (name: string) => join(folder.dataDir, name);
  writeFileSync(join(secret.dataDir, 'secret.csv'), 'id,kg\n');
  symlinkSync(join(secret.dataDir, 'secret.csv'), at('link.csv'));
  mkdirSync(at('folder.csv'));
  execFileSync('mkfifo', [at('pipe.csv')]);
  for (const name of ['link.csv', 'folder.csv', 'pipe.csv'])
    expect(await readImportFile(folder.dataDir, name, 100), name).toMatchObject({ kind: 'unreadable' });
});

test.each([
  '../list.csv',
  '/etc/list.csv',
  'a/list.csv',
  'a\\list.csv',
  'a..csv',
  '.csv',
  'list.CSV',
  'list.txt',
  '',
])('%j is no name of a list', (name) => {
  expect(importNameSchema.safeParse(name).success).toBe(false);
});
