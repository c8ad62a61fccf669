import { expect, test } from 'vitest';
import { withoutPin } from './idempotency.ts';
import { openTestKiosk } from './test-kiosk.ts';

const key = (text: string) => ({ 'idempotency-key': `request-key-${text}` });

/** A kiosk with one closed session, and two people. */
async function openKiosk() {
  const kiosk = openTestKiosk();
  await kiosk.drive(15_000, { direction: 'in', truck: 'A-1' });
  const { id } = (await kiosk.drive(8000, { direction: 'out', truck: 'A-1' })).body;
  return { kiosk, path: `/session/${id}`, people: await kiosk.twoPeople() };
}

test('every request that creates something creates it once for its key, and answers the same for ever', async () => {
  const { kiosk, path, people } = await openKiosk();
  using _ = kiosk;
  const { headers, second } = people;
  for (const [at, body] of [
    [`${path}/ticket/in/copy?format=json`, undefined],
    ['/batch-weight', tareList('id,kg\nC-1,250\n')],
    ['/shift', undefined],
    [`${path}/void`, { reason: 'wrong plate', ...second }],
  ] as const) {
    const send = () => kiosk.call('POST', at, body, { ...headers, ...key(at) });
    const first = await send();
    expect(first.status, at).toBeLessThan(300);
    const { seq } = kiosk.store.journal.head();
    await kiosk.clock.advance(60_000);
    expect({ ...(await send()), headers: null }, at).toEqual({ ...first, headers: null });
    expect(kiosk.store.journal.head().seq, at).toBe(seq);
  }
});

test('a key that was used for another request is refused with 422, also between requests of different kinds', async () => {
  const { kiosk, path, people } = await openKiosk();
  using _ = kiosk;
  const { headers, second } = people;
  const reused = { status: 422, body: { type: '/problems/idempotency-key-reused' } };
  const copy = `${path}/ticket/in/copy?format=json`;
  expect((await kiosk.call('POST', copy, undefined, { ...headers, ...key('copy') })).status).toBe(200);
  const other = copy.replace('/in/', '/out/');
  expect(await kiosk.call('POST', other, undefined, { ...headers, ...key('copy') })).toMatchObject(reused);
  await kiosk.scale.show(15_000);
  expect(await kiosk.weigh({ direction: 'in', truck: 'B-2' }, key('copy'))).toMatchObject(reused);
  expect((await kiosk.weigh({ direction: 'in', truck: 'B-2' }, key('in'))).status).toBe(200);
  expect(await kiosk.call('POST', copy, undefined, { ...headers, ...key('in') })).toMatchObject(reused);
  const voids = (reason: string) =>
    kiosk.call('POST', `${path}/void`, { reason, ...second }, { ...headers, ...key('void') });
  expect((await voids('wrong plate')).status).toBe(200);
  expect(await voids('another reason')).toMatchObject(reused);
});

test('a request that was refused leaves its key free', async () => {
  const { kiosk, people } = await openKiosk();
  using _ = kiosk;
  const { headers } = people;
  await kiosk.call('POST', '/shift', undefined, headers);
  const open = () => kiosk.call('POST', '/shift', undefined, { ...headers, ...key('shift') });
  const refused = await open();
  expect(refused.status).toBe(409);
  await kiosk.call('POST', `/shift/${refused.body.shiftId}/close`, undefined, headers);
  expect((await open()).status).toBe(201);
});

test('what is kept of a body is without its PIN; a body without one is kept as it was sent', () => {
  expect(withoutPin('{ "reason": "r", "second\\u0050in": "271828" }')).toBe('{"reason":"r"}');
  expect(withoutPin('{ "reason": "r" }')).toBe('{ "reason": "r" }');
});

function tareList(csv: string): FormData {
  const form = new FormData();
  form.set('file', new File([csv], 'tares.csv'));
  return form;
}
