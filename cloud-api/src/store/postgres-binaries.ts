import { existsSync } from 'node:fs';

/** Where the server programs of the installed PostgreSQL package lie. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** The embedded PostgreSQL server could not be made to run here; the message says why and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code = 'embedded_postgres';
}

const wayOut = 'set databaseUrl (or DATABASE_URL) to a PostgreSQL server of your own';

/**
 * Finds the PostgreSQL programs installed for this platform.
 * @throws EmbeddedPostgresError when there is no package for this platform or it was not installed
 */
export async function findPostgresBinaries(platform: string, arch: string): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform}-${arch}`;
  let found: Partial<PostgresBinaries>;
  try {
    found = (await import(name)) as Partial<PostgresBinaries>;
  } catch (error) {
    throw new EmbeddedPostgresError(
      `no PostgreSQL is installed for ${platform}-${arch} (package ${name}); install again, or ${wayOut}`,
      { cause: error },
    );
  }
  const { initdb, postgres } = found;
  if (initdb === undefined || postgres === undefined || !existsSync(initdb) || !existsSync(postgres)) {
    throw new EmbeddedPostgresError(`the package ${name} holds no PostgreSQL server; ${wayOut}`);
  }
  return { initdb, postgres };
}
