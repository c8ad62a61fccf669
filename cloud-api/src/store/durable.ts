import type { ClientBase } from 'pg';
import { DatabaseRefusedError } from './database-refused.ts';

const durableSettings: Readonly<Record<string, readonly string[]>> = {
  fsync: ['on'],
  synchronous_commit: ['on', 'remote_write', 'remote_apply'],
  full_page_writes: ['on'],
};

/**
 * A receipt is sent after commit and the device trusts it: a server that may forget a commit is refused. Asked of every new
 * connection, because a server that comes back need not be as it was.
 * @throws DatabaseRefusedError
 */
export async function assertDurable(client: ClientBase): Promise<void> {
  const answer = await client.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings where name = any($1)',
    [Object.keys(durableSettings)],
  );
  const found = new Map(answer.rows.map(({ name, setting }) => [name, setting]));
  for (const [name, allowed] of Object.entries(durableSettings)) {
    const setting = found.get(name) ?? 'unknown';
    if (allowed.includes(setting)) continue;
    throw new DatabaseRefusedError(
      `PostgreSQL runs with ${name} = ${setting}: weighings it has acknowledged could be lost in a power cut. ` +
        `Set ${name} = on and start again`,
    );
  }
}
