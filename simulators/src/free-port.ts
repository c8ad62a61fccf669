import { once } from 'node:events';
import { createServer } from 'node:net';

/** A TCP port of loopback that nobody has just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const closed = once(server, 'close');
  server.close();
  await closed;
  return address.port;
}
