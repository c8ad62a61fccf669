import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** Ports a webhook may be sent to: those that HTTPS servers use. Others would let it speak to something else. */
const PORTS = ['443', '8443'];
/** Names that mean this machine or its network, whatever DNS says of them. */
const insideNames = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|arpa|onion|test|invalid)$/;

/** Addresses that may be called though they are not public, such as `10.0.0.5:8080`; there plain HTTP will do. */
export type AllowedAddresses = readonly string[];

/** Host and port as the address that they are; brackets of IPv6 are gone, the usual ports filled in. */
export interface Destination {
  host: string;
  port: number;
}

/** What a URL connects to. */
export function destinationOf(url: URL): Destination {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, ''), port };
}

/** As {@link AllowedAddresses} writes it. */
export const addressTextOf = ({ host, port }: Destination) =>
  isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;

/**
 * Why a webhook may not go to this URL, as far as the text alone tells; undefined when nothing speaks against it. What
 * the name resolves to is asked anew at every attempt.
 */
export function urlRefusalOf(text: string, allowed: AllowedAddresses): string | undefined {
  if (text.length > 2000) return 'is longer than 2000 characters';
  if (!URL.canParse(text)) return 'is no URL';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
  if (url.username !== '' || url.password !== '') return 'must have no name and password in it';
  if (url.hash !== '') return 'must have no part after #';
  const destination = destinationOf(url);
  if (allowed.includes(addressTextOf(destination))) return undefined;
  if (isIP(destination.host) !== 0 && !isPublicAddress(destination.host)) {
    return `leads to ${destination.host}, which is no public address`;
  }
  if (
    isIP(destination.host) === 0 &&
    (insideNames.test(destination.host) || !destination.host.includes('.'))
  ) {
    return `leads to ${destination.host}, which is no public name`;
  }
  // A public name may stand for an allowed address, so these two are asked again once it is resolved.
  if (allowed.length > 0) return undefined;
  return publicOnlyRefusalOf(url);
}

/** What else holds for every URL that leads to a public address: TLS, and a port of HTTPS. */
export function publicOnlyRefusalOf(url: URL): string | undefined {
  if (url.protocol !== 'https:') return 'must begin with https://';
  const { port } = destinationOf(url);
  return PORTS.includes(String(port)) ? undefined : `must have port ${PORTS.join(' or ')}`;
}
