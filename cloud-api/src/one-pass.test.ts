import { netOf } from '@weighgate/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nextTicketNo, TestChain, testWeight, visitEntries } from './inbox/test-chain.ts';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const at = '2026-06-10T08:00:00.000Z';

function onePassEntry(netG?: number) {
  const { sessionId } = visitEntries({ truck: 'A-1', produce: null, inKg: 1, outKg: 1, weighedOutAt: at });
  const storedTare = { kind: 'preset', tareG: 8_000_000, setAt: at, validUntil: at, weightId: null };
  const tares = [{ container: 'C1', tareG: 500_000 }];
  const net = netOf(
    { grossG: 15_000_000, containers: ['C1'] },
    { grossG: 8_000_000, containers: [] },
    new Map([['C1', 500_000]]),
  );
  const body = {
    sessionId,
    ticketNo: nextTicketNo(),
    truck: 'A-1',
    produce: 'orange',
    containers: ['C1'],
    weight: testWeight(15_000, at),
    storedTare,
    tares,
    net: netG === undefined ? net : { ...net, netG },
  };
  return { kind: 'session.one_pass', body };
}

test('a truck weighed once with a stored tare is a closed session that delivers its net', async () => {
  const chain = new TestChain();
  const entry = onePassEntry();
  chain.add(entry);
  for (let round = 0; round < 2; round += 1) await cloud.ingest(chain);
  const { sessionId } = entry.body;
  expect((await cloud.call('GET', `/api/weight/session/${sessionId}`)).body).toMatchObject({
    state: 'closed',
    storedTare: 'preset',
    grossKg: 15_000,
    secondGrossKg: null,
    truckTareKg: 8_000,
    netKg: 6_500,
    weighedOutAt: at,
  });
  const ledger = await cloud.database.db
    .selectFrom('ledger_entries')
    .selectAll()
    .where('session_id', '=', sessionId)
    .execute();
  expect(ledger).toMatchObject([{ net_g: 6_500_000, produce: 'orange' }]);
});

test('a net that the weight and the stored tare do not give is parked', async () => {
  const chain = new TestChain();
  chain.add(onePassEntry(6_500_001));
  await cloud.ingest(chain);
  const parked = await cloud.database.db
    .selectFrom('parked_entries')
    .select(['reason', 'truck_key'])
    .where('incarnation', '=', chain.incarnation)
    .execute();
  expect(parked).toEqual([{ reason: 'net_mismatch', truck_key: 'A1' }]);
});
