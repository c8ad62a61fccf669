import { expect, test } from 'vitest';
import { clientAddressReader, countedPlaceOf, isNetwork } from './client-address.ts';
import { makeRouter } from './router.ts';

async function seen(remoteAddress: string, forwarded: string | undefined, trusted: string[]) {
  const app = makeRouter();
  const addressOf = clientAddressReader(trusted);
  app.get('/', (c) => c.text(addressOf(c)));
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const socket = { incoming: { socket: { remoteAddress } } };
  return (await app.request('/', { headers }, socket)).text();
}

test('X-Forwarded-For of a stranger is not believed', async () => {
  expect(await seen('203.0.113.9', '10.1.1.1', [])).toBe('203.0.113.9');
  expect(await seen('203.0.113.9', '10.1.1.1', ['10.0.0.0/8'])).toBe('203.0.113.9');
});

test('of a trusted proxy the last address that is no proxy counts: what a client wrote before it does not', async () => {
  const trusted = ['10.0.0.0/8', 'fd00::/8'];
  expect(await seen('10.0.0.1', '198.51.100.7', trusted)).toBe('198.51.100.7');
  expect(await seen('::ffff:10.0.0.1', '6.6.6.6, 198.51.100.7, 10.0.0.2', trusted)).toBe('198.51.100.7');
  expect(await seen('fd00::1', '2001:db8::5', trusted)).toBe('2001:db8::5');
  expect(await seen('10.0.0.1', 'nonsense', trusted)).toBe('10.0.0.1');
  expect(await seen('10.0.0.1', undefined, trusted)).toBe('10.0.0.1');
});

test('an IPv6 client is counted by its /64, of which one machine has as many addresses as it likes', () => {
  expect(countedPlaceOf('2001:db8:1:2:aaaa::1')).toBe('2001:db8:1:2::/64');
  expect(countedPlaceOf('2001:DB8:1:2::9')).toBe('2001:db8:1:2::/64');
  expect(countedPlaceOf('::1')).toBe('0:0:0:0::/64');
  expect(countedPlaceOf('198.51.100.7')).toBe('198.51.100.7');
});

test('a network is an address with or without the length of its prefix', () => {
  for (const good of ['10.0.0.0/8', '127.0.0.1', 'fd00::/8']) expect(isNetwork(good), good).toBe(true);
  for (const bad of ['10.0.0.0/33', 'ten', '10.0.0.0/', '10.0.0.0/8/8', ''])
    expect(isNetwork(bad), bad).toBe(false);
});
