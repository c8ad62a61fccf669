import { openStore, type Store } from '@weighgate/edge-agent/src/store/open-store.ts';
import { evidenceRunsOf, idMaker, isoInstant, type RegisteredWeight, systemClock } from '@weighgate/protocol';
import { DEVICE, SITE } from './proved-agent.ts';

const makeId = idMaker(systemClock);

/** Opens the store of a folder as the agent does. */
export function openProofStore(dataDir: string): Store {
  return openStore(
    { dataDir, device: DEVICE, site: SITE },
    { clock: systemClock, makeId, bootId: 'proof', processId: process.pid },
  );
}

/** Weighs trucks in and out. @param frames kept with each weight */
export function fillStore(store: Store, visits: number, frames: number): void {
  for (let visit = 0; visit < visits; visit += 1) {
    const facts = { sessionId: makeId(), truck: `T-${visit}`, produce: 'orange', containers: ['C-1'] };
    const [first, second] = [weightOf(24_860, frames), weightOf(8_220 + visit, frames)];
    store.weighings.recordIn({ ...facts, weight: first }, null);
    store.weighings.recordOut(
      {
        ...facts,
        weight: second,
        first: { weightId: first.weightId, grossG: first.grossG, containers: ['C-1'] },
        tares: new Map([['C-1', 500_000]]),
        net: {
          kind: 'known',
          netG: first.grossG - second.grossG,
          truckTareG: second.grossG - 500_000,
        },
      },
      null,
    );
  }
}

function weightOf(kg: number, frames: number): RegisteredWeight {
  return {
    weightId: makeId(),
    scaleId: 'deck-1',
    grossG: kg * 1000,
    indication: { value: String(kg), unit: 'kg', increment: 2 },
    stability: 'indicator',
    indicator: { model: 'mt-continuous', options: {} },
    registeredAt: isoInstant(systemClock.now()),
    frames: evidenceRunsOf(
      Array.from({ length: frames }, (_, index) => ({
        agoMs: (frames - index) * 50,
        hex: '022a30202032343836302020202020300d00',
      })),
    ),
  };
}
