import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** What vitest says of one test that needs a component this machine does not have. */
function runWithMissingProgram(ci: string) {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'weighgate-required-'));
  writeFileSync(
    join(folder.path, 'needs.test.ts'),
    `import { testRequiring } from '${join(import.meta.dirname, 'required-component.ts')}';
     testRequiring('no-such-program')('bytes arrive', () => undefined);\n`,
  );
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  return spawnSync(process.execPath, [vitest, 'run', '--root', folder.path, '--reporter', 'verbose'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, CI: ci, NO_COLOR: '1' },
  });
}

test('a test whose component is missing is reported as skipped and says which one it is', () => {
  const { status, stdout } = runWithMissingProgram('');
  expect(stdout).toMatch(/↓ .*bytes arrive \(needs no-such-program; MISSING: no-such-program\)/);
  expect(stdout).toMatch(/1 skipped/);
  expect(status).toBe(0);
}, 30_000);

test('on a build server a missing component is a failure', () => {
  const { status, stdout } = runWithMissingProgram('true');
  expect(stdout).toMatch(/1 failed/);
  expect(status).toBe(1);
}, 30_000);
