import type { OperatorRole } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { pinVerifier } from './pin-verifier.ts';
import { openTestKiosk } from './test-kiosk.ts';

const pin = '271828';
const weighing = { direction: 'in', truck: 'A-1', weight: 15_000, reason: 'indicator in repair' };

async function signIn(kiosk: ReturnType<typeof openTestKiosk>, name: string, role: OperatorRole) {
  const verifier = await pinVerifier('p'.repeat(43)).verifierOf(pin);
  kiosk.store.operators.add({ name, role, verifier });
  const { body } = await kiosk.call('POST', '/sign-in', { operator: name, pin }, { authorization: '' });
  return { authorization: `Bearer ${body.token}` };
}

test('a supervisor who is signed in gives a weight under their own name', async () => {
  using kiosk = openTestKiosk();
  const yossi = await signIn(kiosk, 'Yossi', 'supervisor');
  expect(await kiosk.weigh(weighing, yossi)).toMatchObject({
    status: 200,
    body: { source: 'manual', operator: 'Yossi' },
  });
});

test('nobody who is signed in gives a weight under the name of another', async () => {
  using kiosk = openTestKiosk();
  const yossi = await signIn(kiosk, 'Yossi', 'supervisor');
  expect(await kiosk.weigh({ ...weighing, operator: 'Dana' }, yossi)).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'operator', message: 'must be left out: Yossi is signed in' }] },
  });
});

test('a weigher may not give a weight, and may weigh what stands on the deck', async () => {
  using kiosk = openTestKiosk();
  const dana = await signIn(kiosk, 'Dana', 'weigher');
  expect(await kiosk.weigh(weighing, dana)).toMatchObject({
    status: 403,
    body: { type: '/problems/not-permitted', permission: 'manual_weight' },
  });
  expect(kiosk.store.sessions.openSessions()).toEqual([]);
  await kiosk.scale.show(15_000);
  expect(await kiosk.weigh({ direction: 'in', truck: 'A-1' }, dana)).toMatchObject({
    status: 200,
    body: { source: 'scale', operator: 'Dana' },
  });
  expect((await kiosk.get('/weight')).list).toMatchObject([{ source: 'scale', operator: 'Dana' }]);
});
