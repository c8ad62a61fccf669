import { expect, test } from 'vitest';
import { judgePresence } from './presence-rule.ts';

const known = { bootId: 'boot-2', connectedMs: 5_000, online: true };
const said = (online: boolean, bootId: string, connectedMonoMs?: number) => ({
  online,
  bootId,
  ...(connectedMonoMs === undefined ? {} : { connectedMonoMs }),
});

test('the first word of a device is taken, whatever it is', () => {
  expect(judgePresence(undefined, said(false, 'boot-1', 1), false)).toBe('taken');
});

test('the will of the present connection marks the device offline', () => {
  expect(judgePresence(known, said(false, 'boot-2', 5_000), false)).toBe('taken');
});

test('a late will of an old connection cannot mark a new one offline, of the same boot or of another', () => {
  expect(judgePresence(known, said(false, 'boot-2', 4_000), false)).toBe('late');
  expect(judgePresence(known, said(false, 'boot-1', 9_000), true)).toBe('late');
  expect(judgePresence(known, said(false, 'boot-1', 9_000), false)).toBe('late');
});

test('a birth of a newer connection or of a new boot is taken, one of an older connection or boot is not', () => {
  expect(judgePresence(known, said(true, 'boot-2', 6_000), false)).toBe('taken');
  expect(judgePresence(known, said(true, 'boot-2', 4_999), false)).toBe('late');
  expect(judgePresence(known, said(true, 'boot-3', 10), false)).toBe('taken');
  expect(judgePresence(known, said(true, 'boot-1', 9_000), true)).toBe('late');
});

test('a device that names no connection is judged by its boot alone', () => {
  expect(judgePresence({ ...known, connectedMs: null }, said(false, 'boot-2'), false)).toBe('taken');
  expect(judgePresence({ ...known, connectedMs: null }, said(false, 'boot-1'), false)).toBe('late');
});
