import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';
import {
  type AllowedAddresses,
  addressTextOf,
  destinationOf,
  publicOnlyRefusalOf,
  urlRefusalOf,
} from './webhook-url.ts';

/** Every address a name stands for now. @throws what the resolver throws when it cannot tell */
export type ResolveName = (name: string) => Promise<readonly string[]>;

/** Where one attempt connects to, or why it does not. */
export type WebhookTarget =
  | { kind: 'target'; url: URL; address: string }
  | { kind: 'refused'; reason: string };

/**
 * Resolves a URL once and pins the address: what is connected to is what was checked, whatever the name stands for a
 * moment later. A name of which one address is not public is refused whole.
 */
export async function webhookTargetOf(
  text: string,
  { resolve, allowed }: { resolve: ResolveName; allowed: AllowedAddresses },
): Promise<WebhookTarget> {
  const fault = urlRefusalOf(text, allowed);
  if (fault !== undefined) return { kind: 'refused', reason: `the URL ${fault}` };
  const url = new URL(text);
  const { host, port } = destinationOf(url);
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  const [address] = addresses;
  if (address === undefined) return { kind: 'refused', reason: `${host} stands for no address` };

  const isAllowed = (one: string) => allowed.includes(addressTextOf({ host: one, port }));
  const inside = addresses.find((one) => !isAllowed(one) && !isPublicAddress(one));
  if (inside !== undefined) {
    return { kind: 'refused', reason: `${host} stands for ${inside}, which is no public address` };
  }
  const needsTls = addresses.every(isAllowed) ? undefined : publicOnlyRefusalOf(url);
  return needsTls === undefined
    ? { kind: 'target', url, address }
    : { kind: 'refused', reason: `the URL ${needsTls}` };
}
