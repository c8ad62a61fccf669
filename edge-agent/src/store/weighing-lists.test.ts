import { isoInstant } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { openDatabase } from './open-database.ts';
import { storeFolder } from './store-folder.ts';
import { openWeighingLists } from './weighing-lists.ts';

const whole = { fromAt: '2026', toAt: '2027' };
const all = ['in', 'out', 'single'] as const;
const hash = '0'.repeat(64);

/** Sessions put into a store by hand, one a minute, each weighed in by the minute and out half a minute later. */
function listsOver(
  sessions: readonly { truck: string; containers: string[]; ended?: 'voided'; weighedInMs?: number }[],
) {
  const folder = storeFolder();
  const database = openDatabase(folder.dataDir);
  const session = database.prepare(`
    INSERT INTO weighing_sessions
      (session_id, truck, truck_key, state, first_weight_id, second_weight_id, net_kind, net_g, truck_tare_g)
    VALUES (?, ?, ?, 'closed', ?, ?, 'known', 7000000, ?)
  `);
  const end = database.prepare(
    'UPDATE weighing_sessions SET ended = ?, ended_entry_uuid = ? WHERE session_id = ?',
  );
  const weighing = database.prepare(`
    INSERT INTO journal
      (position, incarnation, seq, uuid, kind, entry_text, hash,
       session_id, scale_id, direction, gross_g, containers, ticket_series, ticket_number, registered_at, source)
    VALUES (@seq, 'life', @seq, @uuid, 'test.entry', '{}', '${hash}',
       @sessionId, 'north', @direction, 8000000, @containers, 'T', @seq, @registeredAt, 'scale')
  `);
  database.transaction(() => {
    for (const [index, { truck, containers, ended = null, weighedInMs }] of sessions.entries()) {
      const id = String(index).padStart(6, '0');
      const ms = weighedInMs ?? Date.UTC(2026, 0, 1) + index * 60_000;
      const [first, second] = [index * 2 + 1, index * 2 + 2];
      const [sessionId, inId, outId] = [`s-${id}`, `in-${id}`, `out-${id}`];
      session.run(sessionId, truck, truck, inId, outId, 8000 + index);
      const shown = { seq: first, uuid: inId, sessionId, direction: 'in', registeredAt: isoInstant(ms) };
      weighing.run({ ...shown, containers: JSON.stringify(containers) });
      const registeredAt = isoInstant(ms + 30_000);
      weighing.run({ ...shown, seq: second, uuid: outId, direction: 'out', registeredAt, containers: '[]' });
      if (ended !== null) end.run(ended, inId, sessionId);
    }
  })();
  return {
    database,
    lists: openWeighingLists(database),
    [Symbol.dispose]: () => {
      database.close();
      folder[Symbol.dispose]();
    },
  };
}

test('weighings are listed newest first, page by page, each once', () => {
  using store = listsOver(Array.from({ length: 5 }, () => ({ truck: 'A1', containers: [] })));
  const seen: string[] = [];
  let page = store.lists.weighings(whole, all, null, 3);
  for (; page.more; page = store.lists.weighings(whole, all, page.items.at(-1) ?? null, 3))
    seen.push(...page.items.map(({ weightId }) => weightId));
  seen.push(...page.items.map(({ weightId }) => weightId));
  expect(seen).toEqual([4, 3, 2, 1, 0].flatMap((index) => [`out-00000${index}`, `in-00000${index}`]));
});

test('weighings are listed by time over days, also where the clock was set back between them', () => {
  const day = 86_400_000;
  const at = [1, 1.5, 2, 9, 1.2, 2.5, 2.4].map((days) => Date.UTC(2026, 0, 1) + days * day);
  using store = listsOver(at.map((weighedInMs) => ({ truck: 'A1', containers: [], weighedInMs })));
  const inOrder = at.toSorted((a, b) => b - a).flatMap((ms) => [isoInstant(ms + 30_000), isoInstant(ms)]);
  const listed = (span: typeof whole, limit: number) => {
    const times: string[] = [];
    for (let page = store.lists.weighings(span, all, null, limit); ; ) {
      times.push(...page.items.map(({ registeredAt }) => registeredAt));
      if (!page.more) return times;
      page = store.lists.weighings(span, all, page.items.at(-1) ?? null, limit);
    }
  };
  for (const limit of [1, 3, 4, 99]) expect(listed(whole, limit)).toEqual(inOrder);
  const [fromAt, toAt] = [isoInstant((at[4] ?? 0) + 1), isoInstant((at[5] ?? 0) + 1)];
  const within = inOrder.filter((time) => time >= fromAt && time <= toAt);
  expect(within.length).toBe(8);
  for (const limit of [1, 5, 99]) expect(listed({ fromAt, toAt }, limit)).toEqual(within);
});

test('a voided session stands in no list', () => {
  using store = listsOver([{ truck: 'A1', containers: ['C-1'], ended: 'voided' }]);
  expect(store.lists.weighings(whole, all, null, 9)).toEqual({ items: [], more: false });
  expect(store.lists.sessionsOf('C-1', whole, null, 9).items).toEqual([]);
  expect(store.lists.sessionsOf('A1', whole, null, 9).items).toEqual([]);
  expect(store.lists.containersWithoutTare(null, 9).items).toEqual([]);
  expect(store.lists.item('C-1')).toEqual({ kind: 'container', tareG: null });
});

test('containers without a tare are listed once each, in order', () => {
  using store = listsOver([
    { truck: 'A1', containers: ['C-3', 'C-1'] },
    { truck: 'A1', containers: ['C-2', 'C-1', 'known'] },
  ]);
  store.database.exec("INSERT INTO container_tares VALUES ('known', 1, 'in-000000')");
  expect(store.lists.containersWithoutTare(null, 2)).toEqual({ items: ['C-1', 'C-2'], more: true });
  expect(store.lists.containersWithoutTare('C-2', 2)).toEqual({ items: ['C-3'], more: false });
});

test("a truck's tare is that of its last visit that counts", () => {
  using store = listsOver([
    { truck: 'A1', containers: [] },
    { truck: 'A1', containers: [] },
    { truck: 'A1', containers: [], ended: 'voided' },
  ]);
  expect(store.lists.item('A-1')).toEqual({ kind: 'truck', tareG: 8001 });
});

test('no list walks through all sessions or weights', () => {
  const sessions = Array.from({ length: 2000 }, (_, index) => ({
    truck: `T${index % 50}`,
    containers: [`C-${index % 20}`],
  }));
  using store = listsOver(sessions);
  const { database } = store;
  const plans: string[] = [];
  const explaining = new Proxy(database, {
    get: (target, key) =>
      key === 'prepare'
        ? (sql: string) => {
            const steps = target.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
            const holes = sql.match(/@\w+/g) ?? [];
            const values =
              holes.length > 0 ? [Object.fromEntries(holes.map((hole) => [hole.slice(1), 1]))] : [1];
            plans.push(...steps.all(...values).map(({ detail }) => detail));
            return target.prepare(sql);
          }
        : Reflect.get(target, key, target),
  });
  openWeighingLists(explaining);
  expect(plans.length).toBeGreaterThan(10);
  expect(plans.filter((step) => /^SCAN (?!named|json_each|\(|CONSTANT)/.test(step))).toEqual([]);
  expect(plans.filter((step) => /weighing_days.*\(day>/.test(step))).not.toEqual([]);
});
