import { idMaker, type RegisteredWeight, registeredWeightSchema, type Uuid } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import type { WeighingFacts } from '../weighing/weighing-store.ts';
import type { Store } from './open-store.ts';
import { openTestStore, storeFolder } from './store-folder.ts';

const makeId = idMaker(virtualClock());

function weightOf(weightId: Uuid = makeId(), grossG = 15_000_000): RegisteredWeight {
  return registeredWeightSchema.parse({
    weightId,
    scaleId: 'north',
    grossG,
    indication: { value: '15000', unit: 'kg', increment: 1 },
    stability: 'indicator',
    indicator: { model: 'mt-continuous', options: {} },
    registeredAt: '2026-01-01T00:00:00.000Z',
    frames: [{ agoMs: 0, hex: '02' }],
  });
}

const factsOf = (truck: string, changes: Partial<WeighingFacts> = {}): WeighingFacts => ({
  sessionId: makeId(),
  truck,
  produce: null,
  containers: [],
  weight: weightOf(),
  ...changes,
});

/** Everything a weighing could leave behind. */
const tracesOf = ({ journal, sessions, registeredLoads, weighings }: Store) => ({
  head: journal.head(),
  open: sessions.openSessions(),
  registered: registeredLoads.isRegistered('north'),
  key: weighings.earlierAnswer('key-00000001'),
});

describe('one weighing is one transaction', () => {
  const failures: [string, (facts: WeighingFacts, used: WeighingFacts) => WeighingFacts][] = [
    ['a weight used twice', (facts, used) => ({ ...facts, weight: weightOf(used.weight.weightId) })],
    ['a session used twice', (facts, used) => ({ ...facts, sessionId: used.sessionId })],
    ['a truck that is inside', (facts, used) => ({ ...facts, truck: used.truck.toLowerCase() })],
  ];

  test.each(failures)('%s leaves nothing behind, not even a ticket number', (_what, spoil) => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    const used = factsOf('A-1');
    store.weighings.recordIn(used, null);
    const before = tracesOf(store);
    const key = { key: 'key-00000001', requestDigest: 'a' };
    for (let round = 0; round < 5; round += 1) {
      expect(() => store.weighings.recordIn(spoil(factsOf('A-2'), used), key)).toThrow(/UNIQUE/);
      expect(tracesOf(store)).toEqual(before);
    }
    const next = store.weighings.recordIn(factsOf('A-2'), key);
    expect(next.body.ticketNo.slice(-6)).toBe('000002');
    expect(next.seq).toBe(2);
    expect(store.journal.verify()).toMatchObject({ kind: 'intact', entries: 2 });
  });

  test('weighing out a session that is not open is a mistake that leaves nothing behind', () => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    const first = factsOf('A-1');
    store.weighings.recordIn(first, null);
    const out = () =>
      store.weighings.recordOut(
        {
          ...first,
          weight: weightOf(makeId(), 8_000_000),
          first: { weightId: first.weight.weightId, grossG: 15_000_000, containers: [] },
          tares: new Map(),
          net: { kind: 'known', netG: 7_000_000, truckTareG: 8_000_000 },
        },
        null,
      );
    expect(out().body.ticketNo.slice(-6)).toBe('000002');
    const before = tracesOf(store);
    expect(out).toThrow(/was not open/);
    expect(tracesOf(store)).toEqual(before);
  });

  test('a key already used leaves nothing behind', () => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    const key = { key: 'key-00000001', requestDigest: 'a' };
    store.weighings.recordIn(factsOf('A-1'), key);
    const before = tracesOf(store);
    expect(() => store.weighings.recordSingle(factsOf('A-2'), key)).toThrow(/UNIQUE/);
    expect(tracesOf(store)).toEqual(before);
    store.containerTares.setTare('C-1', 500_000);
    const next = store.weighings.recordSingle(factsOf('A-2'), null);
    expect(next.body.ticketNo.slice(-6)).toBe('000002');
  });
});

test('tickets are numbered without a gap over kinds, refusals and restarts', () => {
  using folder = storeFolder();
  const numbers: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    using store = openTestStore(folder.dataDir);
    const used = factsOf(`T-${round}`);
    numbers.push(store.weighings.recordIn(used, null).body.ticketNo);
    expect(() => store.weighings.recordIn(used, null)).toThrow();
    numbers.push(store.weighings.recordSingle({ ...factsOf('S-1'), truck: null }, null).body.ticketNo);
  }
  expect(numbers.map((ticketNo) => Number(ticketNo.slice(-6)))).toEqual([1, 2, 3, 4, 5, 6]);
  expect(new Set(numbers.map((ticketNo) => ticketNo.slice(0, 9))).size).toBe(1);
});

test('a stored weighing reads back as it was', () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  const facts = factsOf('77-421-03', { containers: ['C-1', 'C-2'], produce: 'orange' });
  const entry = store.weighings.recordIn(facts, null);
  expect(store.weighings.openSessionOf('7742103')).toEqual({
    sessionId: facts.sessionId,
    truck: '77-421-03',
    produce: 'orange',
    provider: null,
    first: { weightId: facts.weight.weightId, grossG: 15_000_000, containers: ['C-1', 'C-2'] },
  });
  expect(store.sessions.session(facts.sessionId)).toMatchObject({
    state: 'open',
    first: { ticketNo: entry.body.ticketNo, containers: ['C-1', 'C-2'], direction: 'in' },
    second: null,
    net: null,
  });
  expect(store.sessions.session('none')).toBeUndefined();
  expect(store.journal.entry(entry.uuid)).toEqual(entry);
  expect(store.registeredLoads.isRegistered('north')).toBe(true);
  store.registeredLoads.clear('north');
  expect(store.registeredLoads.isRegistered('north')).toBe(false);
});
