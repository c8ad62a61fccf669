import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { wallOffences } from './walls.ts';

const root = import.meta.dirname;

/** Every source file of the workspace. Installed packages and dot folders are none of ours. */
const files = globSync('**/*.{ts,tsx,mjs}', {
  cwd: root,
  exclude: (path) => /(?:^|\/)(?:node_modules|\.[^/]+)$/.test(path),
}).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

test('the walk sees every package', () => {
  const paths = files.map(({ path }) => path);
  expect(paths).toContain('protocol/src/mass.ts');
  expect(paths).toContain('walls.ts');
  for (const owner of ['edge-agent', 'cloud-api', 'simulators']) {
    expect(paths.filter((path) => path.startsWith(`${owner}/src/`)).length).toBeGreaterThan(10);
  }
  expect(paths.filter((path) => path.includes('node_modules'))).toEqual([]);
});

// Every file is taken apart once: some seconds on a machine that has other work.
const TIMEOUT_MS = 60_000;

test(
  'every wall of the house stands',
  () => {
    expect(wallOffences(files)).toEqual([]);
  },
  TIMEOUT_MS,
);
