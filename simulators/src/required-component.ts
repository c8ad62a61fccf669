import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type TestFunction, test } from 'vitest';

/** A real program that some tests run against. */
export type RequiredComponent = 'socat' | 'mosquitto' | 'mosquitto_passwd' | 'chromium';

/** Servers are not on the PATH of everybody. */
const ALSO_IN = ['/usr/sbin', '/usr/local/sbin'];

/** Where the program is; undefined when this machine has none. */
export function pathOf(component: RequiredComponent): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...ALSO_IN];
  return folders.map((folder) => join(folder, component)).find(isExecutable);
}

/**
 * A `test` for what needs real components. Where one is missing the test is reported as skipped and its name says
 * which; on a build server (`CI=true`) it fails instead, because nobody would see there that it never ran.
 */
export function testRequiring(...components: RequiredComponent[]) {
  const missing = components.filter((component) => pathOf(component) === undefined);
  const needed = components.join(' and ');
  return (name: string, run: TestFunction, timeoutMs?: number): void => {
    if (missing.length === 0) {
      test(`${name} (needs ${needed})`, run, timeoutMs);
      return;
    }
    test.skipIf(process.env.CI !== 'true')(
      `${name} (needs ${needed}; MISSING: ${missing.join(', ')})`,
      () => {
        throw new Error(`${missing.join(' and ')} must be installed where CI=true`);
      },
    );
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
