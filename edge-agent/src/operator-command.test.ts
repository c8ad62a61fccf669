import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { operatorCommand } from './operator-command.ts';
import { openTestStore, storeFolder } from './store/store-folder.ts';

function site() {
  const folder = storeFolder();
  const config = join(folder.dataDir, 'edge.yaml');
  writeFileSync(
    config,
    'site: DEMO\ndevice: gate-1\ndataDir: ./data\nscales: [{ id: n, line: { kind: tcp, port: 1 }, indicator: { model: mt-continuous } }]\n',
  );
  const said: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  return {
    said,
    store: () => openTestStore(join(folder.dataDir, 'data')),
    run: (args: string[], ...typed: string[]) =>
      operatorCommand([...args, '--config', config], 'boot-1', () => ({
        ask: async () => typed.shift() ?? '',
        [Symbol.dispose]: () => undefined,
      })),
    [Symbol.dispose]: () => {
      vi.restoreAllMocks();
      folder[Symbol.dispose]();
    },
  };
}

test('an operator is made at the machine, and neither PIN nor verifier stands in the journal', async () => {
  using at = site();
  expect(await at.run(['add', 'Dana Levi', '--role', 'weigher'], '271828', '271828')).toBe(0);
  using store = at.store();
  const operator = store.operators.named('dana levi');
  expect(operator).toMatchObject({ name: 'Dana Levi', role: 'weigher', failures: 0, blocked: false });
  const [row] = store.journal.rowsAfter(0, 10, 1e6);
  expect(JSON.parse(row?.entry ?? '')).toMatchObject({
    kind: 'operator.added',
    body: { operatorId: operator?.operatorId, name: 'Dana Levi', role: 'weigher' },
  });
  expect(row?.entry).not.toMatch(/271828|argon2/);
});

test('a PIN that is weak or not typed twice, a taken name and an unknown one change nothing', async () => {
  using at = site();
  expect(await at.run(['add', 'Dana', '--role', 'weigher'], '123456', '123456')).toBe(1);
  expect(await at.run(['add', 'Dana', '--role', 'weigher'], '271828', '271829')).toBe(1);
  expect(await at.run(['pin', 'Dana'], '271828', '271828')).toBe(1);
  expect(at.said.join('')).toContain('There is no operator Dana.');
  expect(await at.run(['add', 'Dana', '--role', 'weigher'], '271828', '271828')).toBe(0);
  expect(await at.run(['add', 'DANA', '--role', 'supervisor'], '271828', '271828')).toBe(1);
  using store = at.store();
  expect(store.journal.head().seq).toBe(1);
});

test('a new PIN unblocks', async () => {
  using at = site();
  await at.run(['add', 'Dana', '--role', 'weigher'], '271828', '271828');
  {
    using store = at.store();
    const { operatorId } = store.operators.named('Dana') ?? {};
    if (operatorId === undefined) throw new Error('Dana is there');
    store.operators.countFailure(operatorId);
    store.operators.block(operatorId);
  }
  expect(await at.run(['pin', 'Dana'], '314159', '314159')).toBe(0);
  using store = at.store();
  expect(store.operators.named('Dana')).toMatchObject({ blocked: false, failures: 0 });
});

test.each([
  [[]],
  [['add']],
  [['add', 'Dana']],
  [['add', 'Dana', '--role', 'admin']],
  [['drop', 'Dana']],
  [['add', 'Dana', 'Levi', '--role', 'weigher']],
])('%j is not understood and asks nothing', async (args) => {
  using at = site();
  await expect(at.run(args)).rejects.toMatchObject({ name: 'UsageError' });
});
