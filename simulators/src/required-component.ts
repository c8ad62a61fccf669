import { type TestFunction, test } from 'vitest';
import { pathOf, type RequiredComponent } from './component-path.ts';
import { mayMount } from './small-disk.ts';

/** A program, or the right to mount a disk. */
type Requirement = RequiredComponent | 'leave to mount';

const isHere = (requirement: Requirement) =>
  requirement === 'leave to mount' ? mayMount() : pathOf(requirement) !== undefined;

/**
 * A `test` for what needs real components. Where one is missing the test is reported as skipped and its name says
 * which; on a build server (`CI=true`) it fails instead, because nobody would see there that it never ran.
 */
export function testRequiring(...components: Requirement[]) {
  const missing = components.filter((component) => !isHere(component));
  const needed = components.join(' and ');
  return (name: string, run: TestFunction, timeoutMs?: number): void => {
    if (missing.length === 0) {
      test(`${name} (needs ${needed})`, run, timeoutMs);
      return;
    }
    test.skipIf(process.env.CI !== 'true')(
      `${name} (needs ${needed}; MISSING: ${missing.join(', ')})`,
      () => {
        throw new Error(`${missing.join(' and ')} must be there where CI=true`);
      },
    );
  };
}
