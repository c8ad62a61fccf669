import { expect, test } from 'vitest';
import { askTimeSync, systemTimeSyncPort, type TimeSyncPort } from './time-sync.ts';

const nowMs = Date.UTC(2026, 10, 20, 9);
const nowS = nowMs / 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A machine on which these programs say this and this file was written then. */
function machine(said: { chronyc?: string; timedatectl?: string; fileAtMs?: number }): TimeSyncPort {
  return {
    output: async (program) => said[program as 'chronyc' | 'timedatectl'] ?? null,
    modifiedMs: async () => said.fileAtMs ?? null,
  };
}

/** As chrony 4.5 prints it. */
const tracking = (sampledAtS: number, leap: string) =>
  `C0A80101,192.168.1.1,3,${sampledAtS}.123456789,0.000012345,-0.000004,0.00002,12.345,-0.001,0.02,0.01,0.001,64.2,${leap}\n`;

test.each([
  ['chrony keeps it', { chronyc: tracking(nowS - 60, 'Normal') }, { kind: 'synced', source: 'chronyc' }],
  ['chrony has no server', { chronyc: tracking(nowS - 60, 'Not synchronised') }, { kind: 'not_synced' }],
  [
    'chrony heard nothing for two days',
    { chronyc: tracking(nowS - 172_800, 'Normal') },
    { kind: 'not_synced' },
  ],
  ['chrony says something else', { chronyc: '506 Cannot talk to daemon\n' }, { kind: 'unknown' }],
  ['timesyncd kept it an hour ago', { fileAtMs: nowMs - HOUR_MS }, { kind: 'synced', ageMs: HOUR_MS }],
  ['timesyncd kept it before the clock was set back', { fileAtMs: nowMs + HOUR_MS }, { kind: 'not_synced' }],
  ['the kernel says so', { timedatectl: 'yes\n' }, { kind: 'synced', source: 'timedatectl', ageMs: null }],
  ['the kernel says no', { timedatectl: 'no\n' }, { kind: 'not_synced', source: 'timedatectl' }],
  ['nobody is there', {}, { kind: 'unknown' }],
])('when %s', async (_when, said, expected) => {
  expect(await askTimeSync('auto', DAY_MS, nowMs, machine(said))).toMatchObject(expected);
});

test('only the source that is named is asked, and with none nothing is known', async () => {
  const both = machine({ timedatectl: 'yes', chronyc: tracking(nowS, 'Not synchronised') });
  expect(await askTimeSync('timedatectl', DAY_MS, nowMs, both)).toMatchObject({ kind: 'synced' });
  expect(await askTimeSync('none', DAY_MS, nowMs, both)).toEqual({ kind: 'unknown' });
});

test('of the machine itself a program that is not there says nothing, and neither does one that fails', async () => {
  expect(await systemTimeSyncPort.output('no-such-program-here', [])).toBeNull();
  expect(await systemTimeSyncPort.output('false', [])).toBeNull();
  expect(await systemTimeSyncPort.output('echo', ['yes'])).toBe('yes\n');
  expect(await systemTimeSyncPort.modifiedMs('/no/such/file')).toBeNull();
  expect(await systemTimeSyncPort.modifiedMs('/')).toBeGreaterThan(0);
});
