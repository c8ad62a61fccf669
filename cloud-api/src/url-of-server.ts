import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { DataFolderInUseError } from './store/data-folder-lock.ts';
import { postgresUrl, startEmbeddedPostgres } from './store/embedded-postgres.ts';

/** The server of a cloud that runs on the folder; else one of our own for as long as it takes. */
export async function urlOfServer(
  dataDir: string,
  config: Config,
  started: AsyncDisposableStack,
  parts: { clock: Clock; log: Logger; randomBytes: (size: number) => Buffer },
): Promise<string> {
  try {
    const { port } = config.embeddedPostgres;
    return started.use(await startEmbeddedPostgres({ ...parts, dataDir, port })).url;
  } catch (error) {
    if (!(error instanceof DataFolderInUseError)) throw error;
    // Fourth line of the file the server keeps while it runs: its port.
    const port = Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3]);
    if (!Number.isSafeInteger(port) || port < 1) throw error;
    return postgresUrl(port, readFileSync(join(dataDir, 'postgres-password'), 'utf8').trim());
  }
}
