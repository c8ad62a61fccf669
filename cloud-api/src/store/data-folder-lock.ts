import { createHash } from 'node:crypto';
import { realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Another process works on this data folder. */
export class DataFolderInUseError extends Error {
  override readonly name = 'DataFolderInUseError';
  readonly code = 'data_folder_in_use';
}

/**
 * Takes a data folder for this process alone: a database server found on it may then be taken for left behind. The lock
 * is a listening socket, so that it ends with the process however that ends.
 * @throws DataFolderInUseError
 */
export async function lockDataFolder(dataDir: string): Promise<AsyncDisposable> {
  const name = `weighgate-${createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 32)}`;
  const server = createServer((socket) => socket.destroy());
  // Linux keeps abstract sockets in no file system: nothing stale is ever left.
  const taken =
    process.platform === 'linux'
      ? !(await listens(server, `\0${name}`))
      : !(await listensOnFile(server, join(tmpdir(), `${name}.sock`)));
  if (taken) {
    throw new DataFolderInUseError(
      `another Weighgate cloud is running on ${dataDir}; stop it, or choose another folder with dataDir (or --data-dir)`,
    );
  }
  server.unref();
  return {
    [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(() => done())),
  };
}

/** Whether the socket was free and is ours now. */
async function listens(server: Server, path: string): Promise<boolean> {
  const outcome = Promise.withResolvers<boolean>();
  const fail = (error: NodeJS.ErrnoException) =>
    error.code === 'EADDRINUSE' ? outcome.resolve(false) : outcome.reject(error);
  server.once('error', fail);
  server.listen(path, () => outcome.resolve(true));
  try {
    return await outcome.promise;
  } finally {
    server.removeListener('error', fail);
  }
}

/** A socket file outlives a killed process: one that nobody answers on is removed and taken. */
async function listensOnFile(server: Server, path: string): Promise<boolean> {
  if (await listens(server, path)) return true;
  const answered = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true)).once('error', () => resolve(false));
    probe.once('connect', () => probe.destroy());
  });
  if (answered) return false;
  rmSync(path, { force: true });
  return listens(server, path);
}
