import { parseArgs } from 'node:util';
import type { Clock } from '@weighgate/protocol';
import { z } from 'zod';
import { callerOf } from './call-cloud.ts';
import { readConfig } from './config.ts';
import { ConfigError } from './config-file.ts';

const DAY_MS = 86_400_000;
const usage = `weighgate cloud user|key COMMAND [options]      (the cloud must run)

  user add NAME ROLE [--provider ID]   a user, who sets a password by the one-time token that is printed, within a day.
                                       ROLE: admin, billing, supervisor, weigher, auditor, viewer; provider with --provider
  user list                            users, one JSON object a line
  key add NAME PERMISSION... [--days N] [--provider ID]   an API key, printed this once (default 90 days)
  key list                             API keys
  key revoke ID                        ends one

  --url URL       the cloud (default http://127.0.0.1 and http.port)      --config FILE, --data-dir DIR   as for serve
  --key-file FILE key of an administrator (default admin-key in the data folder)
`;

const options = {
  config: { type: 'string' },
  'data-dir': { type: 'string' },
  url: { type: 'string' },
  'key-file': { type: 'string' },
  provider: { type: 'string' },
  days: { type: 'string', default: '90' },
  help: { type: 'boolean', default: false },
} as const;

const addedUser = z.looseObject({
  passwordToken: z.looseObject({ token: z.string(), expiresAt: z.string() }),
});
const madeKey = z.looseObject({ id: z.string(), key: z.string() });
const pageSchema = z.looseObject({ items: z.array(z.unknown()), nextCursor: z.string().nullable() });

/**
 * Users and API keys, from the machine that has the data folder.
 * @param what `user` or `key`
 * @returns the exit code
 * @throws ConfigError for a wrong command line, CloudCallError for what the cloud refuses
 */
export async function accessCommand(
  what: 'user' | 'key',
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<number> {
  const { values, positionals } = readArgs(args);
  const [command, name = '', ...rest] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(usage);
    return values.help ? 0 : 2;
  }
  const config = readConfig(values.config, env, { dataDir: values['data-dir'] });
  const call = callerOf(config, values, 'admin-key');
  const providerId = values.provider === undefined ? null : Number(values.provider);
  switch (`${what} ${command}`) {
    case 'user add': {
      const wish = { name, role: rest[0], providerId };
      const { passwordToken } = addedUser.parse(await call('POST', '/api/auth/users', wish));
      const { token, expiresAt } = passwordToken;
      process.stdout.write(
        `${token}\n\nGood once, until ${expiresAt}: ${name} sets a password by it at POST /api/auth/reset\n`,
      );
      return 0;
    }
    case 'key add': {
      const expiresAt = new Date(clock.now() + Number(values.days) * DAY_MS).toISOString();
      const wish = { name, permissions: rest, providerId, expiresAt };
      const made = madeKey.parse(await call('POST', '/api/auth/keys', wish));
      process.stdout.write(`${made.key}\n\nShown this once; it ends at ${expiresAt}. Its id: ${made.id}\n`);
      return 0;
    }
    case 'key revoke':
      await call('POST', `/api/auth/keys/${encodeURIComponent(name)}/revoke`, {});
      process.stdout.write(`${name}: revoked\n`);
      return 0;
    case 'user list':
    case 'key list':
      for (let cursor: string | null = ''; cursor !== null; ) {
        const query: string = cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`;
        const page = pageSchema.parse(await call('GET', `/api/auth/${what}s${query}`));
        for (const item of page.items) process.stdout.write(`${JSON.stringify(item)}\n`);
        cursor = page.nextCursor;
      }
      return 0;
    default:
      throw new ConfigError(`this is no command: ${what} ${positionals.join(' ')}\n\n${usage}`);
  }
}

function readArgs(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n\n${usage}`, { cause: error });
  }
}
