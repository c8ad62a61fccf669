import { expect, test } from 'vitest';
import { storeFolder } from '../store/store-folder.ts';
import { openDesk } from '../store/test-desk.ts';
import type { WeighRequest } from '../weighing/session-desk.ts';
import { printingDesk } from './printing-desk.ts';

const request: WeighRequest = {
  direction: 'in',
  scaleId: null,
  truck: '77-421-03',
  produce: 'orange',
  containers: [],
  idempotency: { key: 'key-12345', requestDigest: 'd' },
};

test('a weighing is printed after it was committed, and once however often it is asked for', async () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  const printed: string[] = [];
  const printing = printingDesk({ weigh: desk.weigh }, ({ uuid, body }) => {
    expect(desk.store.journal.entry(uuid)?.kind).toBe('session.opened');
    printed.push(body.ticketNo);
  });
  expect(printing.weigh(request).kind).toBe('refused');
  await desk.scale.show(15_000);
  const first = printing.weigh(request);
  const again = printing.weigh(request);
  expect([first, again]).toMatchObject([{ repeated: false }, { repeated: true }]);
  expect(printed).toHaveLength(1);
});
