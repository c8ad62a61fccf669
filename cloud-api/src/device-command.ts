import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '@weighgate/protocol';
import { z } from 'zod';
import { type Call, callerOf } from './call-cloud.ts';
import { type Config, readConfig } from './config.ts';
import { ConfigError } from './config-file.ts';
import { openCaFiles } from './fleet/enrolment/ca-files.ts';
import { certificateAuthority } from './fleet/enrolment/certificate-authority.ts';
import { writeWhole } from './store/write-whole.ts';

const usage = `weighgate cloud device COMMAND [options]      (the cloud must run)

  token SITE [DEVICE] [--confirm]   a one-time token, good for a day, for one new device of the site; with DEVICE for that
                                    one, also in the place of the machine that has the name. --confirm: the certificate
                                    waits until somebody has compared the four words
  list                              devices and the end of their certificates
  requests                          requests for a first certificate, newest first
  confirm REQUEST, refuse REQUEST   decides one that waits
  revoke DEVICE --reason TEXT       ends its certificates and cuts its connection
  server-certificate NAME... --out DIR   key, certificate and CA for a broker at these names and addresses

  --url URL       the cloud (default http://127.0.0.1 and http.port)      --config FILE, --data-dir DIR   as for serve
  --key-file FILE its API key (default api-key in the data folder)       --by NAME   who decides (default: the user)
`;

const options = {
  config: { type: 'string' },
  'data-dir': { type: 'string' },
  url: { type: 'string' },
  'key-file': { type: 'string' },
  by: { type: 'string' },
  reason: { type: 'string' },
  out: { type: 'string' },
  confirm: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Speaks with the running cloud about devices; `server-certificate` reads the CA in the data folder instead.
 * @returns the exit code
 * @throws ConfigError for a wrong command line, CloudCallError for what the cloud refuses
 */
export async function deviceCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  user: string,
): Promise<number> {
  const { values, positionals } = readArgs(args);
  const [command, ...names] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(usage);
    return values.help ? 0 : 2;
  }
  const config = readConfig(values.config, env, { dataDir: values['data-dir'] });
  const [name] = names;
  const by = values.by ?? user;
  if (command === 'server-certificate') return writeServerCertificate(names, values.out, config);
  const needsName = { token: 1, list: 0, requests: 0, confirm: 1, refuse: 1, revoke: 1 }[command];
  const most = command === 'token' ? 2 : needsName;
  if (needsName === undefined || names.length < needsName || names.length > (most ?? 0)) {
    throw new ConfigError(`this is no command: device ${positionals.join(' ')}\n\n${usage}`);
  }
  const call = callerOf(config, values);
  const id = encodeURIComponent(name ?? '');
  switch (command) {
    case 'token':
      return printToken(names, values.confirm, call);
    case 'list':
      return printAll('/api/fleet/enrolled-devices', call);
    case 'requests':
      return printAll('/api/fleet/enrolment-requests', call);
    case 'revoke': {
      if (values.reason === undefined) throw new ConfigError(`say why with --reason\n\n${usage}`);
      const body = { by, reason: values.reason };
      const { revoked } = z
        .looseObject({ revoked: z.int() })
        .parse(await call('POST', `/api/fleet/devices/${id}/revoke`, body));
      process.stdout.write(
        `${name}: ${revoked} certificates revoked; its connection is cut within a minute\n`,
      );
      return 0;
    }
    default: {
      const body = { by, verdict: command };
      const { state } = z
        .looseObject({ state: z.string() })
        .parse(await call('POST', `/api/fleet/enrolment-requests/${id}/decision`, body));
      process.stdout.write(`${name}: ${state}\n`);
      return 0;
    }
  }
}

const tokenSchema = z.looseObject({
  token: z.string(),
  expiresAt: z.string(),
  caFingerprint: z.string(),
  enrolUrl: z.string(),
});

async function printToken([site, device]: string[], needsConfirmation: boolean, call: Call): Promise<number> {
  const wish = { site, needsConfirmation, ...(device === undefined ? {} : { device }) };
  const made = tokenSchema.parse(await call('POST', '/api/fleet/enrolment-tokens', wish));
  process.stdout.write(
    `${made.token}\n\nGood once, until ${made.expiresAt}, for ${device ?? 'a new device'} of site ${site}. At the device:\n` +
      `  npm run edge -- enrol ${made.enrolUrl} ${made.token}\n` +
      `It checks the cloud's CA against the token: SHA-256 ${made.caFingerprint}\n`,
  );
  return 0;
}

const pageSchema = z.looseObject({
  items: z.array(z.record(z.string(), z.unknown())),
  nextCursor: z.string().nullable(),
});

async function printAll(path: string, call: Call): Promise<number> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const page = pageSchema.parse(await call('GET', path + query));
    for (const item of page.items) process.stdout.write(`${JSON.stringify(item)}\n`);
    cursor = page.nextCursor;
  }
  return 0;
}

async function writeServerCertificate(
  names: string[],
  out: string | undefined,
  config: Config,
): Promise<number> {
  if (names.length === 0 || out === undefined) {
    throw new ConfigError(`say the broker's names and addresses, and a folder with --out\n\n${usage}`);
  }
  const parts = { clock: systemClock, randomBytes };
  mkdirSync(resolve(config.dataDir), { recursive: true, mode: 0o700 });
  const files = await openCaFiles({ dataDir: resolve(config.dataDir), configured: config.ca }, parts);
  const ca = await certificateAuthority(files, parts);
  const { pem, keyPem, notAfterMs } = await ca.makeServer(names);
  mkdirSync(out, { recursive: true, mode: 0o700 });
  writeWhole(join(out, 'server.key'), keyPem);
  writeWhole(join(out, 'server.pem'), pem);
  writeWhole(join(out, 'ca.pem'), ca.certificatePem);
  // A broker that is told of a list does not start without one; the cloud's own takes its place.
  const revoked = join(out, 'revoked.pem');
  if (!existsSync(revoked)) writeWhole(revoked, await ca.makeRevocationList([]));
  process.stdout.write(
    `server.key, server.pem, ca.pem and revoked.pem are in ${out}; good until ${new Date(notAfterMs).toISOString()}\n`,
  );
  return 0;
}

function readArgs(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n\n${usage}`, { cause: error });
  }
}
