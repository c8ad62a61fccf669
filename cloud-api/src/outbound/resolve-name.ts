import { lookup } from 'node:dns/promises';

/** Every address this machine's resolver knows for a name. @throws what the resolver says, such as ENOTFOUND */
export async function resolveName(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}
