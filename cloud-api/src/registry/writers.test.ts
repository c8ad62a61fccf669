import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const src = new URL('../', import.meta.url);
const writes =
  /(?:insertInto|updateTable|deleteFrom)\('(?:providers|trucks|truck_owners|containers|container_tares|produce|rates|operator_accounts)'\)/;
const writers = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .map((path) => ({ path, text: readFileSync(new URL(path, src), 'utf8') }))
  .filter(({ text }) => writes.test(text));

test('there are files that change what devices have a copy of', () => {
  expect(writers.length).toBeGreaterThan(5);
});

test.each(writers)('$path changes it with the lock of master data, and tells the devices', ({ text }) => {
  expect(text).toContain('lockMasterData(');
  expect(text).toContain('recordChanges(');
});
