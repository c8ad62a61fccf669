import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { softwareIdentificationOf } from './software-identification.ts';

/** A source tree of a few files. */
function sources(files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), 'weighgate-sources-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return {
    id: () => softwareIdentificationOf('0.1.0', null, root),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

const before = { 'protocol/src/net-rule.ts': 'a', 'edge-agent/src/store/journal.ts': 'b' };

test.each([
  ['one character', { ...before, 'protocol/src/net-rule.ts': 'A' }],
  [
    'a character moved to another file',
    { 'protocol/src/net-rule.ts': '', 'edge-agent/src/store/journal.ts': 'ab' },
  ],
  ['a file renamed', { 'protocol/src/net-rules.ts': 'a', 'edge-agent/src/store/journal.ts': 'b' }],
  ['a file more', { ...before, 'edge-agent/src/weighing/deeper/x.ts': '' }],
])('%s of the legally relevant part is another software', (_what, after) => {
  using one = sources(before);
  using other = sources(after);
  expect(one.id().modulesSha256).not.toBe(other.id().modulesSha256);
  expect(one.id().softwareId).toBe(`0.1.0-${one.id().modulesSha256.slice(0, 8)}`);
});

test('tests and what is not legally relevant are none of it', () => {
  using one = sources(before);
  using other = sources({
    ...before,
    'edge-agent/src/store/journal.test.ts': 'x',
    'edge-agent/src/sync/pump.ts': 'x',
  });
  expect(other.id()).toEqual(one.id());
});

test('this software is identified by its own sources', () => {
  expect(softwareIdentificationOf('0.1.0', 'abc')).toMatchObject({
    commit: 'abc',
    modulesSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});
