import type { DeviceStatus } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { type DeviceFacts, deviceConcerns, deviceSentence } from './device-words.ts';

const status: DeviceStatus = {
  sync: { phase: 'streaming', headSeq: 12, ackedSeq: 12, formerWaiting: 0, trouble: null },
  clock: 'synced',
  freeDiskBytes: 50 * 1024 ** 3,
  storage: 'ok',
  printer: { state: 'ready', waiting: 0 },
  scales: [{ id: 'north', line: 'ok', deck: 'empty' }],
  masterDataRevision: 4,
  software: '0.1.0-abcdef01',
};
const well: DeviceFacts = {
  presence: 'online',
  heardAgeSeconds: 4,
  upTo: 12,
  provenAgeSeconds: 35,
  waiting: 0,
  clockOffsetMs: 80,
  status,
  statusAgeSeconds: 4,
  quarantineReason: null,
};

test('what is proven is said first, and what the device merely says after it', () => {
  expect(deviceSentence(well)).toBe(
    'entries 1 to 12 are proven here, the last for 35 s; none waits at the device; it said it is there 4 s ago',
  );
  expect(deviceConcerns(well)).toEqual([]);
});

test('what is not known is said to be unknown, and never nothing', () => {
  const unknown: DeviceFacts = {
    ...well,
    presence: 'unknown',
    heardAgeSeconds: null,
    upTo: 0,
    provenAgeSeconds: null,
    waiting: null,
    status: null,
    statusAgeSeconds: null,
  };
  expect(deviceSentence(unknown)).toBe(
    'no entry of its present journal is proven here; how many wait at the device is not known; whether it is there is not known',
  );
});

test.each<[string, Partial<DeviceFacts>, RegExp]>([
  ['silence', { presence: 'silent', heardAgeSeconds: 7200 }, /is there 2 h ago, and nothing since/],
  ['a clock that is wrong', { clockOffsetMs: -600_000 }, /10 min behind ours/],
  ['quarantine', { quarantineReason: 'two machines' }, /gets no commands: two machines/],
  [
    'trouble of its sending',
    { status: { ...status, sync: { ...status.sync, trouble: 'entry_rejected' } } },
    /entry rejected/,
  ],
  ['a full disk', { status: { ...status, storage: 'low' } }, /storage is full/],
  [
    'an indicator that is gone',
    { status: { ...status, scales: [{ id: 'north', line: 'port_gone', deck: 'unknown' }] } },
    /scale north: there is no connection/,
  ],
  [
    'a printer without paper',
    { status: { ...status, printer: { state: 'paper_out', waiting: 3 } } },
    /paper out, 3 tickets/,
  ],
])('%s is a concern', (_, changed, words) => {
  expect(deviceConcerns({ ...well, ...changed })).toEqual([expect.stringMatching(words)]);
});
