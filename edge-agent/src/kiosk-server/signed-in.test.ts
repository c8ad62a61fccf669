import type { OperatorRole } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { pinVerifier } from './pin-verifier.ts';
import { openTestKiosk } from './test-kiosk.ts';

const pins = { Dana: '271828', Noa: '907346', Yossi: '314159', Avi: '161803' };
const roles: Record<keyof typeof pins, OperatorRole> = {
  Dana: 'weigher',
  Noa: 'weigher',
  Yossi: 'supervisor',
  Avi: 'supervisor',
};
type Name = keyof typeof pins;

/** The weight API with two weighers and two supervisors. */
async function openDesk() {
  const kiosk = openTestKiosk();
  const verifier = pinVerifier('p'.repeat(43));
  for (const name of Object.keys(pins) as Name[]) {
    const verifierText = await verifier.verifierOf(pins[name]);
    kiosk.store.operators.add({ name, role: roles[name], verifier: verifierText });
  }
  const nobody = { authorization: '' };
  return {
    ...kiosk,
    nobody,
    signIn: async (name: Name) => {
      const answer = await kiosk.call('POST', '/sign-in', { operator: name, pin: pins[name] }, nobody);
      expect(answer).toMatchObject({ status: 200, body: { operator: name, role: roles[name] } });
      return { authorization: `Bearer ${answer.body.token}` };
    },
    entries: () => kiosk.store.journal.rowsAfter(0, 1000, 1e8).map(({ entry }) => JSON.parse(entry)),
    [Symbol.dispose]: () => kiosk[Symbol.dispose](),
  };
}

test('who there is can be asked before anybody is signed in, and only names are told', async () => {
  using desk = await openDesk();
  expect(await desk.call('GET', '/operators', undefined, desk.nobody)).toMatchObject({
    status: 200,
    json: { operators: ['Avi', 'Dana', 'Noa', 'Yossi'] },
  });
});

test('a wrong PIN and a name nobody has are answered alike, the next try has to wait', async () => {
  using desk = await openDesk();
  for (const operator of ['Dana', 'Nobody'])
    expect(await desk.call('POST', '/sign-in', { operator, pin: '000001' }, desk.nobody)).toMatchObject({
      status: 401,
      body: { type: '/problems/pin-wrong' },
    });
  const early = await desk.call('POST', '/sign-in', { operator: 'Dana', pin: pins.Dana }, desk.nobody);
  expect(early).toMatchObject({ status: 429, body: { type: '/problems/pin-wait', waitS: 1 } });
  expect(early.headers.get('retry-after')).toBe('1');
});

test('a weighing carries who was signed in and their shift; with the key alone nobody', async () => {
  using desk = await openDesk();
  const dana = await desk.signIn('Dana');
  const opened = await desk.call('POST', '/shift', undefined, dana);
  expect(opened.status).toBe(201);
  await desk.scale.show(15_000);
  await desk.call('POST', '/weight', { direction: 'in', truck: 'A-1', produce: 'orange' }, dana);
  await desk.scale.show(0);
  await desk.drive(8000, { direction: 'out', truck: 'A-1' });
  const noa = await desk.signIn('Noa');
  await desk.scale.show(9000);
  await desk.call('POST', '/weight', { direction: 'none' }, noa);
  const stamps = desk.entries().filter(({ body }) => 'weight' in body);
  expect(stamps.map(({ body: { operator, shiftId } }) => [operator, shiftId])).toEqual([
    ['Dana', opened.body.shiftId],
    [null, null],
    ['Noa', null],
  ]);
});

test('a shift is opened once, reported while it runs, closed by its operator or a supervisor, and then no more', async () => {
  using desk = await openDesk();
  const [dana, noa, yossi] = [
    await desk.signIn('Dana'),
    await desk.signIn('Noa'),
    await desk.signIn('Yossi'),
  ];
  expect(await desk.call('POST', '/shift')).toMatchObject({
    status: 403,
    body: { type: '/problems/operator-missing' },
  });
  const { shiftId } = (await desk.call('POST', '/shift', undefined, dana)).body;
  expect(await desk.call('POST', '/shift', undefined, dana)).toMatchObject({
    status: 409,
    body: { type: '/problems/shift-open', shiftId },
  });
  await desk.scale.show(15_000);
  await desk.call('POST', '/weight', { direction: 'in', truck: 'A-1', produce: 'orange' }, dana);
  await desk.scale.show(0);
  await desk.scale.show(8000);
  await desk.call('POST', '/weight', { direction: 'out', truck: 'A-1' }, dana);
  expect(await desk.get(`/shift/${shiftId}`)).toMatchObject({
    status: 200,
    body: {
      weighings: 2,
      loads: 1,
      produce: [{ produce: 'orange', netKg: 7000 }],
      closedAt: null,
      operator: 'Dana',
    },
  });
  expect(await desk.call('POST', `/shift/${shiftId}/close`, undefined, noa)).toMatchObject({ status: 403 });
  expect(await desk.call('POST', `/shift/${shiftId}/close`)).toMatchObject({ status: 403 });
  expect(await desk.call('POST', `/shift/${shiftId}/close`, undefined, yossi)).toMatchObject({
    status: 200,
    body: { closedBy: 'Yossi', loads: 1 },
  });
  expect(await desk.call('POST', `/shift/${shiftId}/close`, undefined, dana)).toMatchObject({ status: 409 });
  expect(await desk.get('/shift/none')).toMatchObject({ status: 404 });
});

test('a session is voided under one’s own name, and the second person shows with a PIN that it is they', async () => {
  using desk = await openDesk();
  const dana = await desk.signIn('Dana');
  await desk.drive(15_000, { direction: 'in', truck: 'A-1' });
  const { body } = await desk.drive(8000, { direction: 'out', truck: 'A-1' });
  const voidIt = (more: object) =>
    desk.call('POST', `/session/${body.id}/void`, { reason: 'wrong truck', ...more }, dana);
  expect(await voidIt({})).toMatchObject({ status: 409, body: { type: '/problems/second-person-missing' } });
  expect(await voidIt({ secondBy: 'Yossi' })).toMatchObject({ status: 401 });
  expect(await voidIt({ secondBy: 'Noa', secondPin: pins.Noa })).toMatchObject({ status: 403 });
  expect(await voidIt({ secondBy: 'Avi', secondPin: pins.Avi })).toMatchObject({ status: 200 });
  expect(desk.entries().at(-1)).toMatchObject({
    kind: 'session.voided',
    body: { by: 'Dana', secondBy: 'Avi', operator: 'Dana' },
  });
});

test('who may not is refused, and the refusal is on record', async () => {
  using desk = await openDesk();
  const dana = await desk.signIn('Dana');
  expect(await desk.call('POST', '/operators/Noa/unblock', undefined, dana)).toMatchObject({
    status: 403,
    body: { type: '/problems/not-permitted', permission: 'unblock' },
  });
  expect(desk.entries().at(-1)).toMatchObject({
    kind: 'permission.refused',
    body: { permission: 'unblock', operator: 'Dana', shiftId: null },
  });
  expect(await desk.call('POST', '/operators/Noa/unblock')).toMatchObject({ status: 403 });
});

test('who is blocked is signed out at once, everywhere, and unblocking brings nothing back', async () => {
  using desk = await openDesk();
  const [here, there, noa] = [await desk.signIn('Dana'), await desk.signIn('Dana'), await desk.signIn('Noa')];
  const statusOf = async (token: { authorization: string }) =>
    (await desk.call('GET', '/sessions/open', undefined, token)).status;
  for (let tries = 1; tries <= 10; tries += 1) {
    expect(await statusOf(here)).toBe(200);
    await desk.call('POST', '/sign-in', { operator: 'Dana', pin: '000001' }, desk.nobody);
    await desk.clock.advance(60_000);
  }
  expect([await statusOf(here), await statusOf(noa)]).toEqual([401, 200]);
  const yossi = await desk.signIn('Yossi');
  expect((await desk.call('POST', '/operators/Dana/unblock', undefined, yossi)).status).toBe(200);
  expect([await statusOf(here), await statusOf(there)]).toEqual([401, 401]);
});

test('a supervisor unblocks others, not themselves', async () => {
  using desk = await openDesk();
  const yossi = await desk.signIn('Yossi');
  const noa = desk.store.operators.named('Noa');
  if (noa === undefined) throw new Error('Noa is there');
  desk.store.operators.countFailure(noa.operatorId);
  desk.store.operators.block(noa.operatorId);
  expect((await desk.call('GET', '/operators', undefined, desk.nobody)).json).toEqual({
    operators: ['Avi', 'Dana', 'Yossi'],
  });
  expect(await desk.call('POST', '/operators/Yossi/unblock', undefined, yossi)).toMatchObject({
    status: 409,
  });
  expect(await desk.call('POST', '/operators/noa/unblock', undefined, yossi)).toMatchObject({ status: 200 });
  await desk.signIn('Noa');
});

test('a token ends when it is signed out, after fifteen idle minutes, after fourteen hours, and when 32 newer ones are out', async () => {
  using desk = await openDesk();
  const isIn = async (token: { authorization: string }) =>
    (await desk.call('GET', '/sessions/open', undefined, token)).status === 200;
  const one = await desk.signIn('Dana');
  await desk.call('POST', '/sign-out', undefined, one);
  expect(await isIn(one)).toBe(false);

  const idle = await desk.signIn('Dana');
  await desk.clock.advance(15 * 60_000);
  expect(await isIn(idle)).toBe(true);
  await desk.clock.advance(15 * 60_000 + 1);
  expect(await isIn(idle)).toBe(false);

  const busy = await desk.signIn('Dana');
  for (let minutes = 0; minutes < 14 * 60; minutes += 10) {
    await desk.clock.advance(600_000);
    expect(await isIn(busy)).toBe(true);
  }
  await desk.clock.advance(1);
  expect(await isIn(busy)).toBe(false);

  const old = await desk.signIn('Dana');
  for (let more = 0; more < 31; more += 1) await desk.signIn('Noa');
  expect(await isIn(old)).toBe(true);
  for (let more = 0; more < 32; more += 1) await desk.signIn('Noa');
  expect(await isIn(old)).toBe(false);
});

test('what the software is, and how often it was adjusted, is shown on command and in the health', async () => {
  using desk = await openDesk();
  desk.store.sealedParameters.record(new Map([['site.x', { value: '1', counter: 'cfg' }]]), 'configuration');
  desk.store.sealedParameters.record(new Map([['site.x', { value: '2', counter: 'cfg' }]]), 'configuration');
  const counters = { cfg: 1, cal: 0 };
  expect(await desk.get('/identification')).toMatchObject({
    status: 200,
    body: {
      version: '0.1.0',
      softwareId: '0.1.0-00000000',
      counters,
      indicators: [{ scale: 'north', model: 'mt-continuous', approval: null }],
    },
  });
  expect((await desk.get('/health')).body).toMatchObject({ software: '0.1.0-00000000', counters });
});
