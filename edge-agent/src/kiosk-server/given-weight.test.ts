import { expect, test } from 'vitest';
import { openTestKiosk } from './test-kiosk.ts';

const weighing = { direction: 'in', truck: 'A-1', weight: 15_000, reason: 'indicator in repair' };

test('two people give a weight: one signed in, the other with a PIN; both stand on it wherever it is shown', async () => {
  using kiosk = openTestKiosk();
  const { headers, second } = await kiosk.twoPeople();
  const mark = { source: 'manual', operator: 'Dana', secondBy: 'Noa' };
  const answer = await kiosk.weigh({ ...weighing, ...second }, headers);
  expect(answer).toMatchObject({ status: 200, body: mark });
  expect((await kiosk.get('/weight')).list).toMatchObject([mark]);
  expect((await kiosk.get(`/session/${answer.body.id}`)).body).toMatchObject({ first: mark });
  const ticket = await kiosk.fetch('GET', `/session/${answer.body.id}/ticket/in`);
  expect(await ticket.text()).toMatch(/MANUAL.*Operator +Dana\n.*Second person +Noa\n/s);
  const row = kiosk.store.journal.rowsAfter(kiosk.store.journal.head().seq - 1, 1, 1e6)[0];
  expect(row?.entry).not.toContain(second.secondPin);
});

test('a supervisor alone, or with the PIN of nobody, of themselves, or a wrong one, gives no weight', async () => {
  using kiosk = openTestKiosk();
  const { headers, second } = await kiosk.twoPeople();
  const refused = async (more: object) => (await kiosk.weigh({ ...weighing, ...more }, headers)).body.type;
  expect(await refused({})).toBe('/problems/second-person-missing');
  expect(await refused({ ...second, secondBy: 'Nobody' })).toBe('/problems/pin-wrong');
  expect(await refused({ secondBy: 'Noa' })).toBe('/problems/pin-wrong');
  expect(await refused({ secondBy: 'dana', secondPin: kiosk.pinOf('Dana') })).toBe('/problems/same-person');
  expect(kiosk.store.sessions.openSessions()).toEqual([]);
});

test('nobody who is signed in gives a weight under the name of another', async () => {
  using kiosk = openTestKiosk();
  const { headers, second } = await kiosk.twoPeople();
  expect(await kiosk.weigh({ ...weighing, ...second, operator: 'Yossi' }, headers)).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'operator', message: 'must be left out: Dana is signed in' }] },
  });
});

test('a weigher may not give a weight, and may weigh what stands on the deck', async () => {
  using kiosk = openTestKiosk();
  const { second } = await kiosk.twoPeople();
  const avi = await kiosk.signIn('Avi', 'weigher');
  expect(await kiosk.weigh({ ...weighing, ...second }, avi)).toMatchObject({
    status: 403,
    body: { type: '/problems/not-permitted', permission: 'manual_weight' },
  });
  expect(kiosk.store.sessions.openSessions()).toEqual([]);
  await kiosk.scale.show(15_000);
  expect(await kiosk.weigh({ direction: 'in', truck: 'A-1' }, avi)).toMatchObject({
    status: 200,
    body: { source: 'scale', operator: 'Avi' },
  });
  expect((await kiosk.get('/weight')).list).toMatchObject([{ source: 'scale', operator: 'Avi' }]);
});
