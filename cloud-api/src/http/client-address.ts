import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Context } from 'hono';
import type { AppEnv } from './router.ts';

/** Most hops that are looked at: a longer list of forwarders is somebody's invention. */
const MAX_HOPS = 10;
const UNKNOWN = 'unknown';

/** A set of networks given as CIDR, such as `10.0.0.0/8` or `fd00::/8`, or as single addresses. */
export function networksOf(cidrs: readonly string[]): { has: (address: string) => boolean } {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', prefix] = cidr.split('/');
    const family = isIPv6(network) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(prefix), family);
  }
  return {
    has: (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'),
  };
}

/** Whether the text names a network that {@link networksOf} takes. */
export function isNetwork(cidr: string): boolean {
  const [network = '', prefix, ...rest] = cidr.split('/');
  const family = isIP(network);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32));
}

/**
 * Makes the reader of a request's client address. `X-Forwarded-For` counts only from a trusted proxy, and is read from
 * its end: what stands before the first address that is no trusted proxy was written by a stranger.
 */
export function clientAddressReader(trustedProxies: readonly string[]) {
  const trusted = networksOf(trustedProxies);
  return (c: Context<AppEnv>): string => {
    let address = plainOf(c.env?.incoming?.socket.remoteAddress ?? UNKNOWN);
    const hops = (c.req.header('x-forwarded-for') ?? '').split(',').slice(-MAX_HOPS).reverse();
    for (const hop of hops) {
      const said = plainOf(hop.trim());
      if (!trusted.has(address) || isIP(said) === 0) break;
      address = said;
    }
    return address;
  };
}

/** An IPv4 address that came over an IPv6 socket, as itself. */
function plainOf(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** What one client is counted by: an IPv4 address, or the /64 of an IPv6 one, of which everybody has as many as they like. */
export function countedPlaceOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = address.toLowerCase().split('%', 1).join('').split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
