import { isSigned, kgText, languageSchema, readTicketPayload, withoutIsolates } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { type Ticket, ticketOf } from './ticket.ts';
import { samplePublicKey, sampleRecord, sampleSite } from './ticket-samples.ts';

/** What a ticket says under each label, without isolates. */
function saidBy({ groups }: Ticket): Record<string, string> {
  return Object.fromEntries(
    groups.flat().map(({ label, value }) => [withoutIsolates(label), withoutIsolates(value)]),
  );
}

const english = (record = sampleRecord('session.closed-net-known'), site = sampleSite) =>
  ticketOf(record, site, 'en');

describe('a ticket (LM-70)', () => {
  test('says number, time with zone, site, scale, weights, tare, vehicle, produce, operator, software, code', () => {
    const ticket = english();
    expect(saidBy(ticket)).toEqual({
      Ticket: 'DEMO-f836-000003',
      Time: '2026-10-05 10:18:31 GMT+03:00',
      Site: 'DEMO',
      Scale: 'main',
      Truck: '77-310-12',
      Produce: 'orange',
      'Gross (G)': '24860 kg',
      'Second weight (T)': '9640 kg',
      'Container C-101 (PT)': '620 kg',
      'Tare (T + PT)': '10260 kg',
      'Net (N)': '14600 kg',
      'Tare obtained': 'second weighing and known tares of containers',
      Operator: 'unattended',
      Software: 'weighgate 0.1.0',
      'Verification code': 'a1b2c3d4e5',
    });
    expect(ticket).toMatchObject({ title: 'Weighing out', marks: [] });
  });

  test('names the instrument and its number in the alibi memory, and says when the position was not known', () => {
    const record = sampleRecord('session.opened-instrument');
    const { weight } = record.entry.body;
    expect(saidBy(english(record))).toMatchObject({
      'Serial no.': '4711-22',
      'Min / Max / e': '400 kg / 60000 kg / e=20 kg',
      'Alibi no.': '00000-000158',
    });
    expect(english(record).marks).toEqual([]);
    weight.position = 'unknown';
    expect(english(record).marks).toEqual(['POSITION NOT KNOWN']);
  });

  test.each(languageSchema.options)(
    'gross less tare is net in the signed payload of a ticket in %s',
    (language) => {
      const { payload } = ticketOf(sampleRecord('session.closed-net-known'), sampleSite, language);
      const reading = readTicketPayload(payload);
      expect(reading).toMatchObject({
        kind: 'ticket',
        claim: { grossG: 24_860_000, tareG: 10_260_000, netG: 14_600_000, hashPrefix: 'a1b2c3d4e5' },
      });
      if (reading.kind === 'ticket')
        expect(isSigned(reading.signedText, reading.signature, samplePublicKey)).toBe(true);
    },
  );

  test('a container on the deck both times changes no net and is not among the tares', () => {
    const record = sampleRecord('session.closed-net-known');
    if (record.entry.kind !== 'session.closed') throw new Error('not closed');
    const { body } = record.entry;
    const net = { kind: 'known', netG: 15_220_000, truckTareG: 9_020_000 } as const;
    const entry = { ...record.entry, body: { ...body, containers: ['C-101'], net } };
    const said = saidBy(english({ ...record, entry }));
    expect(said).toMatchObject({ Containers: 'C-101', 'Tare (T)': '9640 kg', 'Net (N)': '15220 kg' });
    expect(said).toMatchObject({ 'Tare obtained': 'second weighing' });
    expect(Object.keys(said)).not.toContain('Container C-101 (PT)');
  });

  test('without a net it is marked PENDING, names the containers it waits for, and claims no net', () => {
    const ticket = english(sampleRecord('session.closed-net-pending'));
    expect(ticket.marks).toEqual(['PENDING']);
    expect(saidBy(ticket)).toMatchObject({ 'Net (N)': 'PENDING', 'Waiting for the tare of': 'X-9' });
    expect(readTicketPayload(ticket.payload)).toMatchObject({ claim: { tareG: null, netG: null } });
  });

  test('of a truck weighed once names its stored tare, marked PT, where it comes from and of when it is', () => {
    const record = sampleRecord('session.one_pass');
    if (record.entry.kind !== 'session.one_pass') throw new Error('not weighed once');
    const { weight, net, storedTare } = record.entry.body;
    const ticket = english(record);
    expect(ticket.title).toBe('Weighing out');
    expect(saidBy(ticket)).toMatchObject({
      'Gross (G)': kgText(weight.grossG),
      'Truck (PT)': kgText(storedTare.tareG),
      'Tare (PT)': kgText(weight.grossG - net.netG),
      'Net (N)': kgText(net.netG),
      'Tare obtained': 'stored, weighed on 2026-10-05',
    });
    expect(readTicketPayload(ticket.payload)).toMatchObject({ claim: { netG: net.netG } });
  });

  test('of a weighing in or alone shows gross and no net', () => {
    const weighedIn = saidBy(english(sampleRecord('session.opened')));
    expect(weighedIn).toMatchObject({ 'Tare obtained': 'at the weighing out' });
    const alone = saidBy(english(sampleRecord('weight.single')));
    expect(alone).toMatchObject({ 'Tare obtained': 'none: gross only' });
    for (const said of [weighedIn, alone]) expect(Object.keys(said)).not.toContain('Net (N)');
  });

  test('is marked MANUAL, with who and why, also when only the first weighing was', () => {
    const record = sampleRecord('weight.single');
    const { body } = record.entry;
    const manual = { operator: 'Dana', reason: 'indicator in repair' };
    const entry = {
      ...record.entry,
      body: { ...body, weight: { ...body.weight, manual } },
    } as typeof record.entry;
    const ticket = english({ ...record, entry });
    expect(ticket.marks).toEqual(['MANUAL']);
    expect(saidBy(ticket)).toMatchObject({ Operator: 'Dana', Reason: 'indicator in repair' });
    expect(english({ ...record, firstIsManual: true }).marks).toEqual(['MANUAL']);
  });

  test('is marked COPY with its number, and BELOW MIN under the minimum of its scale', () => {
    const record = sampleRecord('weight.single');
    const minKgOf = () => 200_000;
    expect(english({ ...record, copy: 3 }, { ...sampleSite, minKgOf }).marks).toEqual([
      'COPY 3',
      'BELOW MIN',
    ]);
    expect(english(record, { ...sampleSite, minKgOf: () => null }).marks).toEqual([]);
  });

  test('says that the tares come from a list that the cloud has not confirmed for too long', () => {
    const record = sampleRecord('session.closed-net-known');
    const masterData = { revision: 7, confirmedAt: '2026-01-01T00:00:00.000Z', provider: null };
    const withFlags = (flags: string[]) =>
      ({
        ...record,
        entry: { ...record.entry, body: { ...record.entry.body, masterData: { ...masterData, flags } } },
      }) as typeof record;
    expect(english(withFlags(['tares_stale'])).marks).toEqual(['TARE LIST NOT CONFIRMED']);
    expect(english(withFlags(['truck_unknown'])).marks).toEqual([]);
  });

  test('says that its time was not verified unless the clock was synchronised', () => {
    const record = sampleRecord('weight.single');
    const entry = { ...record.entry, at: { ...record.entry.at, clock: 'rtc' } } as typeof record.entry;
    expect(saidBy(english({ ...record, entry })).Time).toMatch(/ \(time not verified\)$/);
    expect(saidBy(english(record)).Time).not.toContain('verified');
  });

  test('names the operator and the provider when they are known', () => {
    const record = sampleRecord('weight.single');
    const entry = {
      ...record.entry,
      body: { ...record.entry.body, operator: 'Dana Levi', provider: 'Ein Harod' },
    } as typeof record.entry;
    expect(saidBy(english({ ...record, entry }))).toMatchObject({
      Operator: 'Dana Levi',
      Provider: 'Ein Harod',
    });
  });
});

test.each([
  ['2026-10-24T22:30:00.000Z', '2026-10-25 01:30:00 GMT+03:00'],
  ['2026-10-24T23:30:00.000Z', '2026-10-25 01:30:00 GMT+02:00'],
])(
  'the hour that comes twice at the end of summer time is told apart by its offset: %s',
  (registeredAt, time) => {
    const record = sampleRecord('weight.single');
    const { body } = record.entry;
    const entry = {
      ...record.entry,
      body: { ...body, weight: { ...body.weight, registeredAt } },
    } as typeof record.entry;
    expect(saidBy(english({ ...record, entry })).Time).toBe(time);
  },
);
