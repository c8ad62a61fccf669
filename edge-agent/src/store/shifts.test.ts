import { type JournalEntry, readEntry, type Stamp, type Uuid } from '@weighgate/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { openTestStore, storeFolder } from './store-folder.ts';

/** A store with operators who have a shift to open. */
function desk() {
  const folder = storeFolder();
  const clock = virtualClock();
  const store = openTestStore(folder.dataDir, clock);
  const people = ['Dana', 'Yossi'].map((name) => {
    const operator = store.operators.add({ name, role: 'weigher', verifier: '$argon2id$x' });
    if (operator === 'name_taken') throw new Error('a new store has no operators');
    return operator;
  });
  let ids = 0;
  /** A new UUIDv7 that says its number. */
  const id = () => {
    ids += 1;
    return `00000000-0000-7000-8000-${String(ids).padStart(12, '0')}` as Uuid;
  };
  return {
    clock,
    store,
    people,
    id,
    entries: () =>
      store.journal.rowsAfter(0, 10_000, 1e9).map(({ entry }) => {
        const reading = readEntry(entry);
        if (reading.kind !== 'known') throw new Error('the store writes entries it knows');
        return reading.entry;
      }),
    [Symbol.dispose]: () => {
      store[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

type Desk = ReturnType<typeof desk>;

/** What may happen in a day. `who` is an operator, or nobody. */
const happening = fc.record({
  what: fc.constantFrom(
    'in',
    'force',
    'out',
    'pending',
    'one_pass',
    'single',
    'manual',
    'void',
    'reprint',
    'refused',
    'shift',
  ),
  who: fc.constantFrom(0, 1, null),
  produce: fc.constantFrom('orange', 'grapefruit', null),
  netG: fc.integer({ min: 0, max: 40_000_000 }),
  pick: fc.nat(),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function weightOf(at: Desk, manual: boolean) {
  return {
    weightId: at.id(),
    scaleId: 'north',
    grossG: 50_000_000,
    indication: { value: '50000', unit: 'kg' as const, increment: null },
    indicator: { model: 'mt-continuous', options: {} },
    registeredAt: '2026-01-01T00:00:00.000Z',
    ...(manual
      ? {
          stability: 'person' as const,
          source: 'manual' as const,
          manual: { operator: 'Dana', reason: 'indicator away' },
          frames: [],
        }
      : { stability: 'indicator' as const, frames: [{ agoMs: 0, hex: '02' }] }),
  };
}

/** Writes what happens as the desk would. */
function live(at: Desk, { what, who, produce, netG, pick }: Happening): void {
  const { store, people } = at;
  const person = who === null ? undefined : people[who];
  const active = person === undefined ? undefined : store.shifts.activeOf(person.operatorId);
  const stamp: Stamp = { operator: person?.name ?? null, shiftId: active?.shiftId ?? null };
  const sessions = at.entries().flatMap((entry) => ('sessionId' in entry.body ? [entry.body.sessionId] : []));
  const earlier = sessions[pick % Math.max(1, sessions.length)] ?? at.id();
  const common = { sessionId: at.id(), ticketNo: 'DEMO-0000-000001', truck: 'A-1', produce, containers: [] };
  const weight = weightOf(at, what === 'manual');
  if (what === 'shift') {
    if (person === undefined) return;
    if (active === undefined) store.shifts.open(person);
    else store.shifts.close(active.shiftId, person.name);
    return;
  }
  store.journal.stamped(stamp, () =>
    store.journal.commit(() => {
      switch (what) {
        case 'in':
          return store.journal.append({ kind: 'session.opened', body: { ...common, weight } });
        case 'force':
          return store.journal.append({
            kind: 'session.opened',
            body: { ...common, weight, supersedes: earlier },
          });
        case 'out':
        case 'pending': {
          const first = { weightId: at.id(), grossG: weight.grossG + netG, containers: [] };
          const net =
            what === 'out'
              ? { kind: 'known' as const, netG, truckTareG: weight.grossG }
              : { kind: 'pending' as const, waitingFor: ['X-9'] };
          return store.journal.append({
            kind: 'session.closed',
            body: { ...common, weight, first, tares: [], net },
          });
        }
        case 'one_pass': {
          const storedTare = {
            kind: 'preset' as const,
            tareG: 0,
            setAt: weight.registeredAt,
            validUntil: weight.registeredAt,
            weightId: null,
          };
          const net = { kind: 'known' as const, netG, truckTareG: weight.grossG - netG };
          return store.journal.append({
            kind: 'session.one_pass',
            body: { ...common, weight, storedTare, tares: [], net },
          });
        }
        case 'single':
        case 'manual':
          return store.journal.append({ kind: 'weight.single', body: { ...common, weight } });
        case 'void':
          return store.journal.append({
            kind: 'session.voided',
            body: {
              sessionId: earlier,
              was: 'closed',
              reason: 'wrong',
              by: 'Dana',
              secondBy: 'Yossi',
              clone: null,
            },
          });
        case 'reprint':
          return store.journal.append({
            kind: 'ticket.reprinted',
            body: {
              sessionId: earlier,
              weightId: at.id(),
              ticketNo: 'DEMO-0000-000001',
              copy: 1,
              language: 'en',
            },
          });
        case 'refused':
          return store.journal.append({
            kind: 'permission.refused',
            body: { permission: 'void', operator: stamp.operator ?? 'Dana', shiftId: stamp.shiftId },
          });
      }
    }),
  );
}

/** Counts a shift by hand, from the entries alone. */
function recount(entries: readonly JournalEntry[], shiftId: string) {
  const opened = entries.findIndex(
    (entry) => entry.kind === 'shift.opened' && entry.body.shiftId === shiftId,
  );
  const closed = entries.findIndex(
    (entry) => entry.kind === 'shift.closed' && entry.body.shiftId === shiftId,
  );
  const during = entries.slice(opened + 1, closed === -1 ? undefined : closed);
  const voided = new Set<string>();
  for (const { kind, body } of during) if (kind === 'session.voided') voided.add(body.sessionId);
  const result = {
    weighings: 0,
    loads: 0,
    netPending: 0,
    manual: 0,
    voids: 0,
    reprints: 0,
    overrides: 0,
    refusedOverrides: 0,
  };
  const kilos = new Map<string | null, number>();
  for (const entry of during) {
    if (!('shiftId' in entry.body) || entry.body.shiftId !== shiftId) continue;
    if ('weight' in entry.body) {
      result.weighings += 1;
      if (entry.body.weight.manual !== undefined) result.manual += 1;
    }
    if (entry.kind === 'session.opened' && entry.body.supersedes !== undefined) result.overrides += 1;
    if (entry.kind === 'session.voided') result.voids += 1;
    if (entry.kind === 'ticket.reprinted') result.reprints += 1;
    if (entry.kind === 'permission.refused') result.refusedOverrides += 1;
    if (
      (entry.kind !== 'session.closed' && entry.kind !== 'session.one_pass') ||
      voided.has(entry.body.sessionId)
    )
      continue;
    result.loads += 1;
    const { net, produce } = entry.body;
    if (net.kind === 'pending') result.netPending += 1;
    else kilos.set(produce, (kilos.get(produce) ?? 0) + net.netG);
  }
  const produce = [...kilos].map(([name, netG]) => ({ produce: name, netG }));
  return { ...result, produce: produce.sort((a, b) => ((a.produce ?? '') < (b.produce ?? '') ? -1 : 1)) };
}

test('the report of every shift of any day equals a recount from the journal, open or closed', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (day) => {
      using at = desk();
      for (const one of [{ ...day[0], what: 'shift', who: 0 } as Happening, ...day]) live(at, one);
      const entries = at.entries();
      for (const entry of entries) {
        if (entry.kind !== 'shift.opened') continue;
        const { shiftId } = entry.body;
        expect(at.store.shifts.report(shiftId)?.counts).toEqual(recount(entries, shiftId));
      }
      for (const { kind, body } of entries)
        if (kind === 'shift.closed') expect(body.counts).toEqual(recount(entries, body.shiftId));
    }),
    { numRuns: 40 },
  );
}, 20_000);

test('an operator has at most one open shift, and a closed one is never changed', () => {
  using at = desk();
  const [dana] = at.people;
  if (dana === undefined) throw new Error('Dana is there');
  const { shift } = at.store.shifts.open(dana);
  expect(at.store.shifts.open(dana)).toEqual({ kind: 'active', shift });
  expect(at.store.shifts.close(shift.shiftId, 'Yossi')).toMatchObject({ closedBy: 'Yossi', offlineMs: 0 });
  expect(at.store.shifts.close(shift.shiftId, 'Yossi')).toBeUndefined();
  expect(at.entries().map(({ kind }) => kind)).toEqual([
    'operator.added',
    'operator.added',
    'shift.opened',
    'shift.closed',
    'certificate.issued',
  ]);
  at.store.links.note('down');
  expect(at.store.shifts.report(shift.shiftId)?.offlineMs).toBe(0);
  expect(at.store.shifts.open(dana).kind).toBe('opened');
});

test('a shift keeps its counts over a clock that is set back two hours and one that skips an hour (C03, C04)', async () => {
  using at = desk();
  const [dana] = at.people;
  if (dana === undefined) throw new Error('Dana is there');
  const { shift } = at.store.shifts.open(dana);
  live(at, { what: 'single', who: 0, produce: null, netG: 0, pick: 0 });
  at.clock.step(-2 * 3_600_000);
  live(at, { what: 'single', who: 0, produce: null, netG: 0, pick: 0 });
  at.clock.step(3 * 3_600_000);
  live(at, { what: 'single', who: 0, produce: null, netG: 0, pick: 0 });
  expect(at.store.shifts.close(shift.shiftId, 'Dana')?.counts.weighings).toBe(3);
});
