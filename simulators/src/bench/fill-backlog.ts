import type { Store } from '@weighgate/edge-agent/src/store/open-store.ts';
import {
  evidenceRunsOf,
  isoInstant,
  type MakeId,
  type RegisteredWeight,
  systemClock,
} from '@weighgate/protocol';

/** Trucks on the site at once: a truck leaves when as many others have come in after it. */
const INSIDE = 4;

/** Weighs so many trucks in and out, each with a second of a 20 Hz indicator at rest, as the agent records it. */
export function fillBacklog(store: Store, sessions: number, makeId: MakeId): void {
  const inside: ReturnType<typeof weighIn>[] = [];
  for (let visit = 0; visit < sessions; visit += 1) {
    inside.push(weighIn(store, visit, makeId));
    if (inside.length > INSIDE) weighOut(store, inside.shift(), makeId);
  }
  while (inside.length > 0) weighOut(store, inside.shift(), makeId);
}

function weighIn(store: Store, visit: number, makeId: MakeId) {
  const facts = { sessionId: makeId(), truck: `T-${visit % 500}`, produce: 'orange', containers: [] };
  const weight = weightOf(24_860, makeId);
  store.weighings.recordIn({ ...facts, weight }, null);
  return { ...facts, first: { weightId: weight.weightId, grossG: weight.grossG, containers: [] } };
}

function weighOut(store: Store, visit: ReturnType<typeof weighIn> | undefined, makeId: MakeId): void {
  if (visit === undefined) return;
  const weight = weightOf(8_220, makeId);
  const net = { kind: 'known', netG: visit.first.grossG - weight.grossG, truckTareG: weight.grossG } as const;
  store.weighings.recordOut({ ...visit, weight, tares: new Map(), net }, null);
}

function weightOf(kg: number, makeId: MakeId): RegisteredWeight {
  return {
    weightId: makeId(),
    scaleId: 'deck-1',
    grossG: kg * 1000,
    indication: { value: String(kg), unit: 'kg', increment: 2 },
    stability: 'indicator',
    indicator: { model: 'mt-continuous', options: { checksum: 'mt7' } },
    registeredAt: isoInstant(systemClock.now()),
    frames: evidenceRunsOf(
      Array.from({ length: 20 }, (_, index) => ({
        agoMs: (19 - index) * 50,
        hex: '022a30202032343836302020202020300d00',
      })),
    ),
  };
}
