import { Hono } from 'hono';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { openTestStore, storeFolder } from '../store/store-folder.ts';
import { offlineView, type SyncView } from '../sync/sync-view.ts';
import { healthHandler } from './health-handler.ts';

test('what the cloud will not take is an illness, a network that is away is none', async () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  const trouble = { code: 'entry_rejected', incarnation: store.identity.incarnation, seq: 3 } as const;
  const healthOf = async (sync: SyncView): Promise<unknown> => {
    const handler = healthHandler({
      scales: [],
      store,
      software: { softwareId: 'test' },
      sync: () => sync,
      storageState: () => 'ok',
      clock: virtualClock(),
      log: pino({ level: 'silent' }),
    });
    return (await new Hono().get('/', handler).request('/')).json();
  };
  expect(await healthOf(offlineView(7))).toMatchObject({
    status: 'healthy',
    sync: { waiting: 7, trouble: null },
  });
  expect(await healthOf({ ...offlineView(7), phase: 'halted', formerWaiting: 2, trouble })).toMatchObject({
    status: 'degraded',
    sync: { phase: 'halted', waiting: 9, trouble },
  });
});
