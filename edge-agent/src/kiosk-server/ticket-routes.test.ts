import { isSigned, readTicketPayload } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Answer, openTestKiosk } from './test-kiosk.ts';

const ticketSchema = z.object({ marks: z.array(z.string()), payload: z.string(), title: z.string() });
const ticketIn = (answer: Answer) => ticketSchema.parse(answer.body);

/** A kiosk where one truck was weighed in and out, and a reader of whatever is not JSON. */
async function openKioskWithTicket() {
  const kiosk = openTestKiosk();
  await kiosk.drive(15_000, { direction: 'in', truck: '77-421-03', produce: 'orange' });
  const { id } = (await kiosk.drive(8000, { direction: 'out', truck: '77-421-03' })).body;
  return { kiosk, path: `/session/${id}/ticket/out` };
}

const reprints = ({ store }: Pick<ReturnType<typeof openTestKiosk>, 'store'>) =>
  store.journal
    .rowsAfter(0, 100, 1_000_000)
    .map(({ entry }) => JSON.parse(entry))
    .filter(({ kind }) => kind === 'ticket.reprinted');

test('the original says what was weighed, in the language asked for, and is signed by the device', async () => {
  const { kiosk, path } = await openKioskWithTicket();
  using _ = kiosk;
  const answer = await kiosk.call('GET', `${path}?format=json`, undefined, { 'accept-language': 'he' });
  expect(answer.headers.get('content-language')).toBe('he');
  const { title, marks, payload } = ticketIn(answer);
  expect({ title, marks }).toEqual({ title: 'שקילת יציאה', marks: [] });
  const reading = readTicketPayload(payload);
  expect(reading).toMatchObject({ claim: { grossG: 15_000_000, tareG: 8_000_000, netG: 7_000_000 } });
  if (reading.kind !== 'ticket') throw new Error('no ticket');
  expect(isSigned(reading.signedText, reading.signature, kiosk.store.key.publicKey)).toBe(true);
  const { seq } = kiosk.store.journal.head();
  expect(kiosk.store.journal.hashAt(seq)?.slice(0, 10)).toBe(reading.claim.hashPrefix);
  expect(ticketIn(await kiosk.get(`${path}?format=json&language=ar`)).title).toBe('وزنة الخروج');
  expect(reprints(kiosk)).toEqual([]);
});

test('every copy is counted in the journal and says which it is; the original stays the original', async () => {
  const { kiosk, path } = await openKioskWithTicket();
  using _ = kiosk;
  const before = ticketIn(await kiosk.get(`${path}?format=json`));
  for (const copy of [1, 2]) {
    const answer = await kiosk.call('POST', `${path}/copy?format=json&language=en`);
    expect(answer.headers.get('x-ticket-copy')).toBe(String(copy));
    expect(ticketIn(answer)).toMatchObject({ marks: [`COPY ${copy}`], payload: before.payload });
  }
  expect(reprints(kiosk).map(({ body }) => body)).toMatchObject([
    { copy: 1, language: 'en', operator: null },
    { copy: 2, language: 'en', operator: null },
  ]);
  expect(ticketIn(await kiosk.get(`${path}?format=json`))).toEqual(before);
  expect(ticketIn(await kiosk.get(`${path.replace('/out', '/in')}?format=json`)).marks).toEqual([]);
});

test('a ticket is plain text unless asked for otherwise, and a PDF when that is asked for', async () => {
  const { kiosk, path } = await openKioskWithTicket();
  using _ = kiosk;
  const text = await kiosk.fetch('GET', `${path}?columns=40`);
  expect(text.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(await text.text()).toMatch(/^Net \(N\) {26}7000 kg$/m);
  const pdf = await kiosk.fetch('GET', `${path}?format=pdf&paper=a5&language=he`);
  expect(pdf.headers.get('content-type')).toBe('application/pdf');
  expect((await pdf.text()).slice(0, 5)).toBe('%PDF-');
});

test('a weighing that was not made has no ticket, and a wish that is not known is named', async () => {
  const { kiosk, path } = await openKioskWithTicket();
  using _ = kiosk;
  for (const method of ['GET', 'POST']) {
    const suffix = method === 'POST' ? '/copy' : '';
    expect((await kiosk.call(method, `/session/none/ticket/in${suffix}`)).status).toBe(404);
    expect((await kiosk.call(method, path.replace('/out', '/none') + suffix)).status).toBe(404);
  }
  expect(await kiosk.get(`${path}?format=png`)).toMatchObject({ status: 422 });
  expect(await kiosk.get(`${path}?colour=1`)).toMatchObject({ status: 422 });
  expect(reprints(kiosk)).toEqual([]);
});

test('a voided session is marked VOID on its tickets', async () => {
  const { kiosk, path } = await openKioskWithTicket();
  using _ = kiosk;
  const id = path.split('/')[2];
  const { headers, second } = await kiosk.twoPeople();
  const said = { reason: 'wrong plate', ...second };
  expect((await kiosk.call('POST', `/session/${id}/void`, said, headers)).status).toBe(200);
  expect(ticketIn(await kiosk.get(`${path}?format=json`)).marks).toEqual(['VOID']);
  expect(ticketIn(await kiosk.call('POST', `${path}/copy?format=json`)).marks).toEqual(['VOID', 'COPY 1']);
});

test('a ticket whose net was pending says the net when it is there: issue 2 of the same number, counted and signed', async () => {
  using kiosk = openTestKiosk();
  await kiosk.drive(15_000, { direction: 'in', truck: 'A-1', containers: ['C-9'] });
  const { id, ticketNo } = (await kiosk.drive(8000, { direction: 'out', truck: 'A-1' })).body;
  const path = `/session/${id}/ticket/out`;
  const pending = await kiosk.get(`${path}?format=json`);
  expect(ticketIn(pending).marks).toEqual(['PENDING']);
  await kiosk.call('PUT', '/containers/C-9', { tareKg: 500 });
  expect(
    kiosk.store.journal
      .rowsAfter(0, 100, 1e6)
      .map(({ entry }) => JSON.parse(entry))
      .slice(-2),
  ).toMatchObject([
    { kind: 'session.net_completed', body: { ticketNo } },
    { kind: 'ticket.reissued', body: { ticketNo, issue: 2, because: 'net_completed' } },
  ]);
  const now = await kiosk.get(`${path}?format=json`);
  expect(now.body).toMatchObject({ ticketNo, marks: ['ISSUE 2: net completed'] });
  const reading = readTicketPayload(ticketIn(now).payload);
  expect(reading).toMatchObject({ kind: 'ticket', claim: { netG: 6_500_000 } });
  if (reading.kind !== 'ticket') return;
  expect(isSigned(reading.signedText, reading.signature, kiosk.store.key.publicKey)).toBe(true);
  const text = await (await kiosk.fetch('GET', path)).text();
  expect(text).toMatch(/Net \(N\) +6500 kg/);
  expect(text).toMatch(/Tare arrived of C-9 +500 kg/);
  expect(ticketIn(await kiosk.call('POST', `${path}/copy?format=json`)).marks).toEqual([
    'ISSUE 2: net completed',
    'COPY 1',
  ]);
  expect((await kiosk.get(`${path}?format=json&issue=1`)).json).toEqual(pending.json);
});

test('the provider stands on both tickets and on the session, as the first weighing said it', async () => {
  using kiosk = openTestKiosk();
  const { body } = await kiosk.drive(15_000, { direction: 'in', truck: 'A-1', provider: 'Ein Harod' });
  expect(body.provider).toBe('Ein Harod');
  expect((await kiosk.drive(8000, { direction: 'out', truck: 'A-1' })).body.provider).toBe('Ein Harod');
  for (const direction of ['in', 'out']) {
    const ticket = await kiosk.fetch('GET', `/session/${body.id}/ticket/${direction}`);
    expect(await ticket.text()).toMatch(/Provider +Ein Harod/);
  }
  expect((await kiosk.get(`/session/${body.id}`)).body.provider).toBe('Ein Harod');
});
