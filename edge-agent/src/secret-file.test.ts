import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { secretFromFile } from './secret-file.ts';

test('a secret is made once, for this user alone, and read afterwards; an empty one is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weighgate-secret-'));
  const path = join(folder, 'deep', 'api-key');
  const secret = secretFromFile(path);
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(secretFromFile(path)).toBe(secret);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, 'deep'))).toEqual(['api-key']);
  writeFileSync(path, '\n');
  expect(() => secretFromFile(path)).toThrow(/holds no secret/);
  rmSync(folder, { recursive: true });
});
