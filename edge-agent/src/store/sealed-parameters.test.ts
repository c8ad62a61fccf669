import { expect, test } from 'vitest';
import { openDatabase } from './open-database.ts';
import type { SealableParameter } from './sealed-parameters.ts';
import { openTestStore, storeFolder } from './store-folder.ts';

const parametersOf = (values: Record<string, [string, 'cfg' | 'cal']>) =>
  new Map<string, SealableParameter>(
    Object.entries(values).map(([parameter, [value, counter]]) => [parameter, { value, counter }]),
  );
const first = parametersOf({
  'scale.n.maxKg': ['60000', 'cal'],
  'scale.n.holdMs': ['500', 'cal'],
  'scale.n.model': ['"mt-continuous"', 'cfg'],
});

/** Starts with these parameters and says what that left in the journal. */
function startWith(dataDir: string, parameters: Map<string, SealableParameter>) {
  using store = openTestStore(dataDir);
  const before = store.journal.head().seq;
  store.sealedParameters.record(parameters, 'configuration');
  return {
    entries: store.journal.rowsAfter(before, 100, 1e6).map(({ entry }) => {
      const { kind, body } = JSON.parse(entry);
      return { kind, body };
    }),
    counters: store.sealedParameters.counters(),
  };
}

test('parameters are put on record once, and starting again with the same changes nothing', () => {
  using folder = storeFolder();
  const { entries, counters } = startWith(folder.dataDir, first);
  expect(entries).toMatchObject([{ kind: 'parameters.recorded', body: { parameters: { length: 3 } } }]);
  expect(counters).toEqual({ cfg: 0, cal: 0 });
  expect(startWith(folder.dataDir, first)).toEqual({ entries: [], counters });
});

test('each change is an entry with old and new value; a counter goes up once a session, however many changed', () => {
  using folder = storeFolder();
  startWith(folder.dataDir, first);
  const second = parametersOf({
    'scale.n.maxKg': ['50000', 'cal'],
    'scale.n.holdMs': ['700', 'cal'],
    'scale.n.model': ['"mt-continuous"', 'cfg'],
  });
  const changed = { by: 'configuration', counter: 'cal', counters: { cfg: 0, cal: 1 } };
  expect(startWith(folder.dataDir, second)).toEqual({
    entries: [
      {
        kind: 'parameter.changed',
        body: { parameter: 'scale.n.maxKg', old: '60000', new: '50000', ...changed },
      },
      {
        kind: 'parameter.changed',
        body: { parameter: 'scale.n.holdMs', old: '500', new: '700', ...changed },
      },
    ],
    counters: { cfg: 0, cal: 1 },
  });
});

test('a parameter that is gone and one that comes are changes too, and so is putting the old value back', () => {
  using folder = storeFolder();
  startWith(folder.dataDir, first);
  const { entries } = startWith(folder.dataDir, parametersOf({ 'scale.m.maxKg': ['60000', 'cal'] }));
  expect(entries.map(({ body }) => [body.parameter, body.old, body.new])).toEqual([
    ['scale.m.maxKg', null, '60000'],
    ['scale.n.holdMs', '500', null],
    ['scale.n.maxKg', '60000', null],
    ['scale.n.model', '"mt-continuous"', null],
  ]);
  expect(startWith(folder.dataDir, first)).toMatchObject({
    entries: { length: 4 },
    counters: { cfg: 2, cal: 2 },
  });
});

test.each([
  'UPDATE adjustment_counters SET cal = cal - 1',
  'UPDATE adjustment_counters SET cfg = 0',
  'DELETE FROM adjustment_counters',
  'INSERT OR REPLACE INTO adjustment_counters VALUES (1, 0, 0)',
  'INSERT INTO adjustment_counters VALUES (2, 0, 0)',
])('the counters are not set back by %s', (statement) => {
  using folder = storeFolder();
  startWith(folder.dataDir, first);
  startWith(folder.dataDir, parametersOf({ 'scale.m.maxKg': ['60000', 'cal'] }));
  const database = openDatabase(folder.dataDir);
  expect(() => database.exec(statement)).toThrow(/never|CHECK/);
  database.close();
});
