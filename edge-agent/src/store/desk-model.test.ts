import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { storeFolder } from './store-folder.ts';
import { codeOf, openDesk } from './test-desk.ts';

/** What the oracle knows of one session, in kilograms, and nothing else. */
interface Visit {
  sessionId: string;
  truck: string;
  state: 'open' | 'closed' | 'single' | 'superseded' | 'voided';
  in: { kg: number; boxes: string[] };
  out: { kg: number; boxes: string[]; tares: Map<string, number> } | null;
  net: number | 'waiting' | null;
  /** What the truck weighed empty, once that is known. */
  empty: number | null;
}

/** The rules once more, in the plainest words, written from the text of the rules and not from the desk. */
class Oracle {
  visits: Visit[] = [];
  tares = new Map<string, number>();
  tickets = 0;

  inside = (truck: string) => this.visits.find((visit) => visit.truck === truck && visit.state === 'open');

  weigh(direction: 'in' | 'out' | 'single', truck: string, kg: number, boxes: string[], force: boolean) {
    const open = this.inside(truck);
    if (direction === 'single' && open) return 'session_open';
    if (direction === 'in' && open && !force) return 'session_open';
    if (direction === 'out' && !open) return 'no_open_session';
    if (direction === 'out' && open) {
      const tares = new Map([...this.tares].filter(([box]) => [...open.in.boxes, ...boxes].includes(box)));
      const out = { kg, boxes, tares };
      const outcome = net(open, out, tares);
      if (outcome === 'negative_net' || outcome === 'containers_heavier') return outcome;
      Object.assign(open, {
        state: 'closed',
        out,
        net: outcome,
        empty: typeof outcome === 'number' ? emptyOf(out, tares) : null,
      });
    } else {
      if (open) open.state = 'superseded';
      const state = direction === 'in' ? 'open' : 'single';
      this.visits.push({ sessionId: '', truck, state, in: { kg, boxes }, out: null, net: null, empty: null });
    }
    this.tickets += 1;
    return 'recorded';
  }

  weighOnce(truck: string, kg: number, boxes: string[]) {
    if (this.inside(truck)) return 'session_open';
    const known = this.visits.filter(
      (visit) => visit.truck === truck && visit.state === 'closed' && visit.empty !== null,
    );
    const tare = known.at(-1)?.empty ?? null;
    if (tare === null) return 'stored_tare_missing';
    if (boxes.some((box) => !this.tares.has(box))) return 'tare_unknown';
    const left = boxes.reduce((rest, box) => rest - (this.tares.get(box) ?? 0), kg - tare);
    if (left < 0) return 'tare_heavier';
    this.visits.push({
      sessionId: '',
      truck,
      state: 'closed',
      in: { kg, boxes },
      out: null,
      net: left,
      empty: null,
    });
    this.tickets += 1;
    return 'recorded';
  }

  void(index: number, people: number, cloneFor: string | null) {
    const visit = this.visits[index];
    if (!visit) return 'session_unknown';
    if (visit.state === 'superseded' || visit.state === 'voided') return `session_${visit.state}`;
    if (people < 2) return 'second_person_missing';
    const inside = cloneFor === null ? undefined : this.inside(cloneFor);
    if (inside && inside !== visit) return 'session_open';
    visit.state = 'voided';
    if (cloneFor !== null) {
      this.visits.push({
        ...visit,
        truck: cloneFor,
        sessionId: '',
        state: 'open',
        out: null,
        net: null,
        empty: null,
      });
    }
    return 'voided';
  }

  setTare(box: string, kg: number) {
    if (this.tares.get(box) === kg) return;
    this.tares.set(box, kg);
    for (const visit of this.visits) {
      if (visit.state !== 'closed' || visit.net !== 'waiting' || !visit.out) continue;
      const tares = new Map([...this.tares, ...visit.out.tares]);
      const outcome = net(visit, visit.out, tares);
      if (typeof outcome === 'number')
        Object.assign(visit, { net: outcome, empty: emptyOf(visit.out, tares) });
    }
  }
}

function emptyOf(out: { kg: number; boxes: string[] }, tares: Map<string, number>) {
  return out.boxes.reduce((rest, box) => rest - (tares.get(box) ?? 0), out.kg);
}

function net(visit: Visit, out: { kg: number; boxes: string[] }, tares: Map<string, number>) {
  let boxesIn = 0;
  let boxesOut = 0;
  let waiting = false;
  let mayGrow = false;
  for (const box of new Set([...visit.in.boxes, ...out.boxes])) {
    const tare = tares.get(box);
    if (tare === undefined) {
      waiting = true;
      mayGrow ||= out.boxes.includes(box) && !visit.in.boxes.includes(box);
      continue;
    }
    if (visit.in.boxes.includes(box)) boxesIn += tare;
    if (out.boxes.includes(box)) boxesOut += tare;
  }
  const empty = out.kg - boxesOut;
  const loaded = visit.in.kg - boxesIn;
  if (loaded < empty && !mayGrow) return 'negative_net';
  if (empty < 0) return 'containers_heavier';
  return waiting ? 'waiting' : loaded - empty;
}

const truck = fc.constantFrom('A-1', 'B-2', 'C-3');
const box = fc.constantFrom('X1', 'X2', 'X3');
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('weigh' as const),
      direction: fc.constantFrom(
        'in' as const,
        'in' as const,
        'out' as const,
        'out' as const,
        'single' as const,
      ),
      truck,
      kg: fc.constantFrom(900, 5000, 8000, 15_000),
      boxes: fc.uniqueArray(box, { maxLength: 2 }),
      force: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('once' as const),
      truck,
      kg: fc.constantFrom(900, 8000, 15_000),
      boxes: fc.uniqueArray(box, { maxLength: 1 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('void' as const),
      index: fc.nat(8),
      people: fc.integer({ min: 1, max: 2 }),
      cloneFor: fc.option(truck),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('tare' as const), box, kg: fc.constantFrom(100, 1000, 9000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

test('the desk does what the rules say, whatever is asked of it in whatever order, over restarts', async () => {
  const plan = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
    using folder = storeFolder();
    const clock = virtualClock();
    const oracle = new Oracle();
    let desk = openDesk(folder.dataDir, clock);
    try {
      for (const one of steps) {
        switch (one.do) {
          case 'weigh': {
            const { direction, kg, boxes, force } = one;
            const outcome = await desk.drive(kg, { direction, truck: one.truck, containers: boxes, force });
            expect(codeOf(outcome)).toBe(oracle.weigh(direction, one.truck, kg, boxes, force));
            const last = oracle.visits.at(-1);
            if (outcome.kind === 'recorded' && last?.sessionId === '')
              last.sessionId = outcome.entry.body.sessionId;
            break;
          }
          case 'once': {
            const useStoredTare = { attended: true, confirmExpired: false };
            const request = {
              direction: 'out',
              truck: one.truck,
              containers: one.boxes,
              useStoredTare,
            } as const;
            const outcome = await desk.drive(one.kg, request);
            expect(codeOf(outcome)).toBe(oracle.weighOnce(one.truck, one.kg, one.boxes));
            const last = oracle.visits.at(-1);
            if (outcome.kind === 'recorded' && last?.sessionId === '')
              last.sessionId = outcome.entry.body.sessionId;
            break;
          }
          case 'void': {
            const { index, people, cloneFor } = one;
            const outcome = desk.voids(oracle.visits[index]?.sessionId ?? 'none', {
              secondBy: people === 2 ? 'Avi' : null,
              clone: cloneFor === null ? null : { truck: cloneFor },
            });
            expect(codeOf(outcome)).toBe(oracle.void(index, people, cloneFor));
            const last = oracle.visits.at(-1);
            if (outcome.kind === 'voided' && last?.sessionId === '')
              last.sessionId = outcome.entry.body.clone?.sessionId ?? '';
            break;
          }
          case 'tare':
            desk.store.containerTares.setTare(one.box, one.kg * 1000);
            oracle.setTare(one.box, one.kg);
            break;
          case 'restart':
            desk[Symbol.dispose]();
            desk = openDesk(folder.dataDir, clock);
        }
        expectSame(desk, oracle);
      }
      expect(desk.store.journal.verify().kind).toBe('intact');
    } finally {
      desk[Symbol.dispose]();
    }
  });
  await fc.assert(plan, { numRuns: 60 });
}, 60_000);

function expectSame({ store }: ReturnType<typeof openDesk>, oracle: Oracle) {
  const seen = oracle.visits.map(({ sessionId }) => {
    const session = store.sessions.session(sessionId);
    if (session === undefined) throw new Error(`no session ${sessionId}`);
    const { net: found } = session;
    return {
      truck: session.truck,
      state: session.state,
      kg: session.first.grossG / 1000,
      net: found === null ? null : found.kind === 'known' ? found.netG / 1000 : 'waiting',
    };
  });
  expect(seen).toEqual(
    oracle.visits.map((visit) => ({
      truck: visit.truck,
      state: visit.state,
      kg: visit.in.kg,
      net: visit.net,
    })),
  );
  expect(new Set(store.sessions.openSessions().map((session) => session.truck))).toEqual(
    new Set(oracle.visits.filter(({ state }) => state === 'open').map((visit) => visit.truck)),
  );
  const numbers = store.journal
    .rowsAfter(0, 1000, 100_000_000)
    .map(({ entry }) => JSON.parse(entry))
    .filter(({ body }) => 'weight' in body)
    .map(({ body }) => Number(body.ticketNo.slice(-6)));
  expect(numbers).toEqual(Array.from({ length: oracle.tickets }, (_, index) => index + 1));
}
