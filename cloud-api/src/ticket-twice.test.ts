import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const visit = { produce: 'orange', inKg: 15_000, outKg: 8_000, weighedOutAt: '2026-05-31T11:00:00.000Z' };

test('two trucks that were given tickets of one number both count, and a person is told which they are', async () => {
  const one = visitEntries({ ...visit, truck: 'TW-1' });
  const other = visitEntries({ ...visit, truck: 'TW-2' });
  const chain = new TestChain('twice-1');
  for (const entry of [one.opened, one.closed]) chain.add(entry);
  await cloud.ingest(chain);
  // As an old image of a disk numbers them when it weighs offline.
  const again = new TestChain('twice-1');
  again.add({ ...other.opened, body: { ...other.opened.body, ticketNo: one.opened.body.ticketNo } });
  again.add({ ...other.closed, body: { ...other.closed.body, ticketNo: one.closed.body.ticketNo } });
  await cloud.ingest(again);

  const ledger = await cloud.database.db
    .selectFrom('ledger_entries')
    .select(['session_id', 'net_g'])
    .execute();
  expect(ledger.map(({ session_id }) => session_id).toSorted()).toEqual(
    [one.sessionId, other.sessionId].toSorted(),
  );
  const alarms = await cloud.database.db.selectFrom('alarms').select(['code', 'detail']).execute();
  expect(alarms.map(({ code }) => code)).toEqual(['ticket_twice']);
  expect(alarms[0]?.detail).toContain(one.closed.body.ticketNo);
  for (const { sessionId } of [one, other]) expect(alarms[0]?.detail).toContain(sessionId);
});
