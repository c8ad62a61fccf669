import { describe, expect, test } from 'vitest';
import { openTestKiosk } from './test-kiosk.ts';

describe('POST /session/{id}/void', () => {
  test('voids a closed session by two people, and opens its clone', async () => {
    using kiosk = openTestKiosk();
    await kiosk.drive(15_000, { direction: 'in', truck: 'A-1', produce: 'orange' });
    const { body: out } = await kiosk.drive(8000, { direction: 'out', truck: 'A-1' });
    const path = `/session/${out.id}/void`;
    const said = { reason: 'wrong plate' };
    const { headers, second } = await kiosk.twoPeople();
    expect(await kiosk.call('POST', path, said, headers)).toMatchObject({
      status: 409,
      body: { type: '/problems/second-person-missing', detail: expect.stringContaining('second person') },
    });
    expect(
      await kiosk.call('POST', path, { ...said, ...second, clone: { truck: 'B-2' } }, headers),
    ).toMatchObject({
      status: 200,
      body: {
        voided: { id: out.id, state: 'voided', netKg: 7000 },
        clone: { state: 'open', truck: 'B-2', cloneOf: out.id, grossKg: 15_000 },
      },
    });
    expect((await kiosk.drive(8000, { direction: 'out', truck: 'B-2' })).body).toMatchObject({ netKg: 7000 });
    expect(await kiosk.get(`/session/${out.id}`)).toMatchObject({ body: { state: 'voided' } });
  });

  test('asks for a reason, and knows the sessions there are', async () => {
    using kiosk = openTestKiosk();
    const path = '/session/01a10acb-8499-7363-b214-af8b081cdce6/void';
    const { headers } = await kiosk.twoPeople();
    expect(await kiosk.call('POST', path, {}, headers)).toMatchObject({ status: 422 });
    expect(await kiosk.call('POST', path, { reason: 'wrong plate' }, headers)).toMatchObject({
      status: 404,
      body: { type: '/problems/session-unknown' },
    });
  });
});

test('GET /sessions/pending lists what waits for a tare, and no more once it has come', async () => {
  using kiosk = openTestKiosk();
  await kiosk.drive(15_000, { direction: 'in', truck: 'A-1', containers: ['C-9'] });
  const { body } = await kiosk.drive(8000, { direction: 'out', truck: 'A-1' });
  expect((await kiosk.get('/sessions/pending')).body).toMatchObject({
    sessions: [{ id: body.id, neto: 'na', waitingFor: ['C-9'], netRefusal: null }],
  });
  await kiosk.call('PUT', '/containers/C-9', { tareKg: 9000 });
  expect((await kiosk.get('/sessions/pending')).body).toMatchObject({
    sessions: [{ id: body.id, neto: 'na', waitingFor: [], netRefusal: 'negative_net' }],
  });
  await kiosk.call('PUT', '/containers/C-9', { tareKg: 500 });
  expect((await kiosk.get('/sessions/pending')).body).toEqual({ sessions: [] });
  expect((await kiosk.get(`/session/${body.id}`)).body).toMatchObject({ neto: 6500, truckTara: 8000 });
});

test("a truck's legal gross is set, and every answer to its weighings says how far over or under it is", async () => {
  using kiosk = openTestKiosk();
  expect(await kiosk.call('PUT', '/trucks/A-1', { legalGrossKg: 14_000 })).toMatchObject({
    status: 200,
    body: { id: 'A-1', legalGrossKg: 14_000, overload: 'warn', changed: true },
  });
  expect((await kiosk.drive(15_000, { direction: 'in', truck: 'A 1' })).body).toMatchObject({
    legalGrossKg: 14_000,
    overKg: 1000,
  });
  await kiosk.call('PUT', '/trucks/A-1', { legalGrossKg: 14_000, overload: 'refuse' });
  expect(await kiosk.drive(14_001, { direction: 'out', truck: 'A-1' })).toMatchObject({
    status: 409,
    body: { type: '/problems/over-legal-gross', overKg: 1, legalGrossKg: 14_000 },
  });
  expect((await kiosk.drive(8000, { direction: 'out', truck: 'A-1' })).body).toMatchObject({ overKg: -6000 });
  await kiosk.call('PUT', '/trucks/A-1', { legalGrossKg: null });
  expect((await kiosk.get('/trucks/A-1')).body).toMatchObject({ legalGrossKg: null, overload: null });
  expect(await kiosk.call('PUT', '/trucks/A-1', { legalGrossKg: 0 })).toMatchObject({ status: 422 });
});

test('a check is a single weighing only, and may be of a truck that is inside', async () => {
  using kiosk = openTestKiosk();
  await kiosk.drive(15_000, { direction: 'in', truck: 'A-1' });
  const check = { truck: 'A-1', purpose: 'check' };
  expect(await kiosk.drive(15_000, { ...check, direction: 'out' })).toMatchObject({ status: 422 });
  expect(await kiosk.drive(15_000, { ...check, direction: 'none' })).toMatchObject({
    status: 200,
    body: { direction: 'none', purpose: 'check', neto: 'na' },
  });
});

test('a truck with a typed tare is weighed once only where the site lets that be done unattended', async () => {
  using kiosk = openTestKiosk();
  expect(await kiosk.call('PUT', '/trucks/A-1/tare', { tareKg: 8000 })).toMatchObject({
    status: 200,
    body: { id: 'A-1', tare: { kind: 'preset', tareKg: 8000 }, recentTaresKg: [] },
  });
  const once = { direction: 'out', truck: 'A-1', useStoredTare: true };
  expect(await kiosk.drive(15_000, once)).toMatchObject({
    status: 409,
    body: { type: '/problems/stored-tare-unattended' },
  });
  expect(await kiosk.drive(15_000, { ...once, direction: 'in' })).toMatchObject({ status: 422 });
});

test('a typed tare is rounded to the interval of the scale, refused above its Max, and marked PT', async () => {
  using kiosk = openTestKiosk({}, {}, { commissioned: { unit: 'kg', interval: '20' } });
  expect(await kiosk.call('PUT', '/trucks/A-1/tare', { tareKg: 60_001 })).toMatchObject({
    status: 400,
    body: { type: '/problems/preset-tare-above-maximum', maxKg: 60_000 },
  });
  const dana = await kiosk.signIn('Dana', 'weigher');
  const set = await kiosk.call('PUT', '/trucks/A-1/tare', { tareKg: 8010 }, dana);
  expect(set.body).toMatchObject({ tare: { kind: 'preset', mark: 'PT', tareKg: 8020 } });
  const once = { direction: 'out', truck: 'A-1', useStoredTare: true };
  const { body } = await kiosk.drive(15_000, once, dana);
  expect(body).toMatchObject({ netKg: 6980, storedTare: { mark: 'PT', tareKg: 8020 } });
  const ticket = await kiosk.fetch('GET', `/session/${body.id}/ticket/out`);
  expect(await ticket.text()).toMatch(/Truck \(PT\) +8020 kg/);
});

test('a truck that leaves heavier than it came is asked about at once, also while a tare is not known', async () => {
  using kiosk = openTestKiosk();
  await kiosk.drive(15_000, { direction: 'in', truck: 'A-1', containers: ['C-9'] });
  expect(await kiosk.drive(16_000, { direction: 'out', truck: 'A-1' })).toMatchObject({
    status: 409,
    body: { type: '/problems/negative-net', netKg: -1000, detail: expect.stringContaining('reversed') },
  });
  // An unknown container that came aboard may weigh all of the difference.
  const aboard = { direction: 'out', truck: 'A-1', containers: ['C-9', 'C-10'] };
  expect((await kiosk.drive(16_000, aboard)).body).toMatchObject({ neto: 'na', waitingFor: ['C-10', 'C-9'] });
});
