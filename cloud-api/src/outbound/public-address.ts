import { BlockList, isIP } from 'node:net';

/**
 * Addresses that are nobody's on the public Internet, or that lead back inside.
 * Source: IANA special-purpose address registries (RFC 6890 and updates); 168.63.129.16 is Azure's host agent, which
 * answers inside a virtual machine only.
 */
const refused4 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  refused4.addSubnet(network, prefix, 'ipv4');
}

/** Global unicast is all there is to reach; NAT64, IPv4-mapped, local and multicast addresses lie outside of it. */
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
/** Inside it: tunnels that carry an IPv4 address (Teredo, 6to4), protocol assignments, documentation. */
const refused6 = new BlockList();
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  refused6.addSubnet(network, prefix, 'ipv6');
}

/** Whether an address is a public one: one that a stranger may have us connect to. A text that is no address is not. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refused4.check(address, 'ipv4');
    case 6:
      // A zone index names an interface of this machine.
      return !address.includes('%') && global6.check(address, 'ipv6') && !refused6.check(address, 'ipv6');
    default:
      return false;
  }
}
