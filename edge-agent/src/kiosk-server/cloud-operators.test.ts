import { hash } from '@node-rs/argon2';
import type { MasterDataBody, Uuid } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import {
  loadMasterData,
  testContainer,
  testProvider,
  testRow,
  testTruck,
} from '../store/test-master-data.ts';
import { openTestKiosk } from './test-kiosk.ts';

const DAY_MS = 86_400_000;
const pin = '271828';
const operatorId = '01a10b2a-0001-75c6-9bc7-a86ccae36d03' as Uuid;
const verifierOf = (digits: string) => hash(digits, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });

async function openWithDana(changes: Partial<MasterDataBody<'operator'>> = {}) {
  const kiosk = openTestKiosk();
  const listed = { validFrom: null, validTo: null, ...changes };
  const dana = {
    operatorId,
    name: 'Dana Cloud',
    role: 'weigher' as const,
    verifier: await verifierOf(pin),
    ...listed,
  };
  const load = (body: MasterDataBody<'operator'> | null, revision: number) =>
    loadMasterData(
      kiosk.store,
      body === null ? [] : [testRow(revision, 'operator', operatorId, body)],
      kiosk.clock.now(),
    );
  load(dana, 1);
  const signIn = async (digits: string) => {
    const { status, body } = await kiosk.call('POST', '/sign-in', { operator: 'dana cloud', pin: digits });
    return { status, body };
  };
  return { ...kiosk, dana, load, signIn, [Symbol.dispose]: () => kiosk[Symbol.dispose]() };
}

test('an operator of the cloud signs in beside those who were added here, until the cloud takes them away', async () => {
  using kiosk = await openWithDana();
  const signedIn = await kiosk.signIn(pin);
  expect(signedIn).toMatchObject({ status: 200, body: { operator: 'Dana Cloud', role: 'weigher' } });
  const asDana = { authorization: `Bearer ${signedIn.body.token}` };
  expect((await kiosk.call('GET', '/sessions/open', undefined, asDana)).status).toBe(200);
  expect((await kiosk.get('/operators')).body.operators).toContain('Dana Cloud');
  kiosk.load(null, 2);
  expect((await kiosk.call('GET', '/sessions/open', undefined, asDana)).status).toBe(401);
  expect(await kiosk.signIn(pin)).toMatchObject({
    status: 403,
    body: { type: '/problems/operator-not-valid' },
  });
  expect((await kiosk.get('/operators')).body.operators).not.toContain('Dana Cloud');
});

test('without word from the cloud for 30 days its operators may not work, and with word again they may', async () => {
  using kiosk = await openWithDana();
  await kiosk.clock.advance(30 * DAY_MS);
  expect((await kiosk.signIn(pin)).status).toBe(200);
  await kiosk.clock.advance(1);
  expect(await kiosk.signIn(pin)).toMatchObject({
    status: 403,
    body: { type: '/problems/operator-not-valid' },
  });
  kiosk.load(kiosk.dana, 2);
  expect((await kiosk.signIn(pin)).status).toBe(200);
});

test('an operator works between their days only, and who does not know the PIN is not told which they are', async () => {
  using kiosk = await openWithDana({ validTo: '2026-01-15T08:00:00.000Z' });
  expect((await kiosk.signIn(pin)).status).toBe(403);
  expect(await kiosk.signIn('999111')).toMatchObject({ status: 401, body: { type: '/problems/pin-wrong' } });
});

test('wrong PINs block an operator of the cloud here too, and a new PIN unblocks', async () => {
  using kiosk = await openWithDana();
  for (let wrong = 0; wrong < 10; wrong += 1) {
    await kiosk.signIn('999111');
    await kiosk.clock.advance(61_000);
  }
  expect(await kiosk.signIn(pin)).toMatchObject({
    status: 403,
    body: { type: '/problems/operator-blocked' },
  });
  kiosk.load({ ...kiosk.dana, verifier: await verifierOf('314159') }, 2);
  expect((await kiosk.signIn('314159')).status).toBe(200);
});

test('a name that belongs to somebody who was added here stays theirs', async () => {
  using kiosk = await openWithDana();
  kiosk.store.operators.add({ name: 'Eli', role: 'supervisor', verifier: await verifierOf('161803') });
  const eli = { ...kiosk.dana, operatorId: '01a10b2a-0001-75c6-9bc7-a86ccae36d04' as Uuid, name: 'ELI' };
  expect(kiosk.store.journal.commit(() => kiosk.store.operators.followCloud([eli]))).toEqual(['ELI']);
  expect(kiosk.store.operators.named('eli')).toMatchObject({ origin: 'local', role: 'supervisor' });
});

test('the desk is shown produce, a truck with its provider, and the rate that would hold, with its age', async () => {
  using kiosk = openTestKiosk();
  const always = { validFrom: null, validTo: null };
  const rate = (revision: number, id: string, providerId: number | null, minor: string) =>
    testRow(revision, 'rate', id, {
      produce: 'orange',
      providerId,
      ratePerKgMinor: minor,
      currency: 'ILS',
      ...always,
    });
  loadMasterData(
    kiosk.store,
    [
      testProvider(1, 10_001),
      testTruck(2, '7742103', 10_001),
      testRow(3, 'produce', 'orange', { produce: 'orange' }),
      testContainer(4, 'C-1', 1),
      rate(5, 'r-all', null, '90'),
      rate(6, 'r-own', 10_001, '93.5'),
    ],
    kiosk.clock.now(),
  );
  expect((await kiosk.get('/produce')).body).toMatchObject({ produce: ['orange'] });
  expect((await kiosk.get('/trucks/77-421-03/listed')).body).toMatchObject({
    revision: 6,
    provider: { name: 'Provider 10001' },
    flags: [],
  });
  const preview = async (query: string) => (await kiosk.get(`/rate-preview?produce=orange${query}`)).body;
  expect(await preview('&truck=77-421-03')).toMatchObject({
    rate: { ratePerKgMinor: '93.5', isPreview: true },
  });
  expect(await preview('')).toMatchObject({ rate: { ratePerKgMinor: '90' } });
  expect((await kiosk.get('/rate-preview?produce=plum')).body).toMatchObject({ rate: null });
});
