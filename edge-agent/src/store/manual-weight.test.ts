import { idMaker } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { type VirtualClock, virtualClock } from '../line/virtual-clock.ts';
import { quietScale } from '../weighing/quiet-scale.ts';
import { sessionDesk, type WeighRequest } from '../weighing/session-desk.ts';
import { openTestStore, storeFolder } from './store-folder.ts';

const dana = { operator: 'Dana', reason: 'indicator in repair' };

function openDesk(dataDir: string, clock: VirtualClock = virtualClock()) {
  const store = openTestStore(dataDir, clock);
  const scale = quietScale(clock, store.registeredLoads.isRegistered('north'));
  const desk = sessionDesk([scale], store.weighings, { clock, makeId: idMaker(clock) });
  return {
    store,
    scale,
    weigh: (request: Partial<WeighRequest>) =>
      desk.weigh({
        direction: 'in',
        scaleId: null,
        truck: 'A-1',
        produce: null,
        containers: [],
        idempotency: null,
        ...request,
      }),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

test('a manual weight is marked manual in the journal and in the session, with who gave it and why', () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  const outcome = desk.weigh({ manual: { value: '33000', unit: 'lb', ...dana } });
  expect(outcome).toMatchObject({
    kind: 'recorded',
    entry: {
      kind: 'session.opened',
      body: {
        weight: {
          source: 'manual',
          manual: dana,
          grossG: 14_968_548,
          indication: { value: '33000', unit: 'lb', increment: null },
          stability: 'person',
          frames: [],
        },
      },
    },
  });
  expect(desk.store.sessions.openSessions()).toMatchObject([
    { first: { source: 'manual', manualOperator: dana.operator, manualReason: dana.reason } },
  ]);
});

test('a manual weight above the maximum of the scale is refused', () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  expect(desk.weigh({ manual: { value: '60000.001', unit: 'kg', ...dana } })).toMatchObject({
    kind: 'refused',
    refusal: { code: 'above_maximum', maxKg: 60_000 },
  });
  expect(desk.store.journal.head().seq).toBe(0);
});

test('a manual weight leaves the deck as it is: what stands there is still weighed, also after a restart', async () => {
  using folder = storeFolder();
  {
    using desk = openDesk(folder.dataDir);
    await desk.scale.show(9000);
    desk.weigh({ truck: 'A-1', manual: { value: '15000', unit: 'kg', ...dana } });
    expect(desk.weigh({ truck: 'B-2' })).toMatchObject({ kind: 'recorded' });
    await desk.scale.show(0);
    desk.store.registeredLoads.clear('north');
    desk.weigh({ truck: 'C-3', manual: { value: '15000', unit: 'kg', ...dana } });
  }
  using again = openDesk(folder.dataDir);
  expect(again.store.registeredLoads.isRegistered('north')).toBe(false);
});
