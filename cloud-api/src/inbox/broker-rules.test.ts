import { expect, test } from 'vitest';
import { mayPublish, maySignIn, maySubscribe } from './broker-rules.ts';

const secrets = { deviceKey: 'device-key-device-key', hostKey: 'host-key-host-key-host' };
const signIn = (clientId: string, username: string | undefined, password: string | undefined) =>
  maySignIn(
    { clientId, username, password: password === undefined ? undefined : Buffer.from(password) },
    secrets,
  );

test('a device signs in with its own name twice and the device key', () => {
  expect(signIn('gate-1', 'gate-1', secrets.deviceKey)).toBe(true);
  expect(signIn('gate-1', 'gate-1', 'wrong')).toBe(false);
  expect(signIn('gate-2', 'gate-1', secrets.deviceKey)).toBe(false);
  expect(signIn('gate-1', undefined, undefined)).toBe(false);
  expect(signIn('Gate 1', 'Gate 1', secrets.deviceKey)).toBe(false);
});

test('no device can sign in as the cloud', () => {
  expect(signIn('cloud', 'cloud', secrets.deviceKey)).toBe(false);
  expect(signIn('cloud', 'cloud', secrets.hostKey)).toBe(true);
  expect(signIn('gate-1', 'gate-1', secrets.hostKey)).toBe(false);
});

test('a device publishes on its own topics only, and keeps nothing but its presence on the broker', () => {
  expect(mayPublish('gate-1', 'wg/v1/d/gate-1/up', false)).toBe(true);
  expect(mayPublish('gate-1', 'wg/v1/d/gate-1/state', true)).toBe(true);
  expect(mayPublish('gate-1', 'wg/v1/d/gate-1/up', true)).toBe(false);
  expect(mayPublish('gate-1', 'wg/v1/d/gate-1/down', false)).toBe(false);
  expect(mayPublish('gate-1', 'wg/v1/d/gate-2/up', false)).toBe(false);
  expect(mayPublish('gate-1', 'wg/v1/host/state', true)).toBe(false);
  expect(mayPublish('gate-1', '$SYS/any', false)).toBe(false);
});

test('a device hears its own downlink and the presence of the host, and nothing of others', () => {
  expect(maySubscribe('gate-1', 'wg/v1/d/gate-1/down')).toBe(true);
  expect(maySubscribe('gate-1', 'wg/v1/host/state')).toBe(true);
  for (const filter of ['#', '+/#', 'wg/v1/d/+/down', 'wg/v1/d/gate-2/down', 'wg/v1/d/gate-1/up', '$SYS/#']) {
    expect(maySubscribe('gate-1', filter), filter).toBe(false);
  }
});

test('the cloud hears every device and answers each', () => {
  expect(maySubscribe('cloud', 'wg/v1/d/+/up')).toBe(true);
  expect(maySubscribe('cloud', '#')).toBe(false);
  expect(mayPublish('cloud', 'wg/v1/d/gate-1/down', false)).toBe(true);
  expect(mayPublish('cloud', 'wg/v1/host/state', true)).toBe(true);
  expect(mayPublish('cloud', 'wg/v1/d/gate-1/up', false)).toBe(false);
});
