import type { AddressInfo, Server } from 'node:net';

/** A port we were told to listen on is taken. `option` is what the reader can change. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
  readonly code = 'port_in_use';

  constructor(host: string, port: number, option: string, options?: ErrorOptions) {
    super(
      `port ${port} on ${host} is already in use; stop the other program or choose another with ${option}`,
      options,
    );
  }
}

/**
 * Listens, and says in words when the port is taken.
 * @param option what the reader changes to choose another port
 * @returns the port really taken, which differs when `port` is 0
 */
export async function listenOn(server: Server, host: string, port: number, option: string): Promise<number> {
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(port, host, listening.resolve);
  try {
    await listening.promise;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new PortInUseError(host, port, option, { cause: error });
    }
    throw error;
  } finally {
    server.removeListener('error', listening.reject);
  }
  return (server.address() as AddressInfo).port;
}
