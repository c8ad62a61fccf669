import { existsSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { z } from 'zod';
import { auditEvidence } from './audit/chain-rows.ts';
import { auditGenesisHash } from './audit/genesis.ts';
import { AUDIT_SEAL_FILE } from './audit/keep-sealing.ts';
import { type Seal, sealSchema } from './audit/seal.ts';
import { type AuditVerdict, type ChainRow, verifyAudit } from './audit/verify-audit.ts';
import { readConfig } from './config.ts';
import { ConfigError } from './config-file.ts';
import { openCloudKey } from './fleet/cloud-key.ts';
import { openDatabase } from './store/database.ts';
import { urlOfServer } from './url-of-server.ts';

const usage = `weighgate cloud verify [options]      (also while the cloud runs)

Walks the audit chain from its first entry to its last, compares it with what was sealed, and names the first bad entry.

  --file FILE         an export (GET /api/audit/export) in the place of the database; needs no database and no key
  --seal FILE         a seal that was kept elsewhere (GET /api/audit/seal); may be given again
  --public-key KEY    a key that seals are believed of, beside the one in the data folder; may be given again
  --config FILE, --data-dir DIR   as for serve
`;

const options = {
  config: { type: 'string' },
  'data-dir': { type: 'string' },
  file: { type: 'string' },
  seal: { type: 'string', multiple: true },
  'public-key': { type: 'string', multiple: true },
  help: { type: 'boolean', default: false },
} as const;

const rowSchema = z.strictObject({
  seq: z.int().positive(),
  previousHash: z.string(),
  hash: z.string(),
  text: z.string().nullable(),
  clear: z.array(z.strictObject({ place: z.string(), salt: z.string(), value: z.string() })),
});

/**
 * `verify`: says whether the audit is what was written.
 * @returns the exit code: 1 when something is wrong
 * @throws ConfigError for a wrong command line or a file that is none of ours; what the database throws
 */
export async function verifyCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  parts: { clock: Clock; log: Logger; randomBytes: (size: number) => Buffer },
): Promise<number> {
  const values = readArgs(args);
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const config = readConfig(values.config, env, { dataDir: values['data-dir'] });
  const dataDir = resolve(config.dataDir);
  const keyFile = join(dataDir, 'cloud-key.pem');
  const ownKey = existsSync(keyFile) ? [openCloudKey(keyFile).publicKey] : [];
  const publicKeys = [...ownKey, ...(values['public-key'] ?? [])];
  const keptSeal = join(dataDir, AUDIT_SEAL_FILE);
  const kept = values.file === undefined && existsSync(keptSeal) ? [keptSeal] : [];
  const elsewhere = [...kept, ...(values.seal ?? [])].map(readSealFile);
  if (values.file !== undefined) {
    const rows = exportedRows(values.file);
    const fromFile = { rows, head: null, unchained: [], genesisHash: auditGenesisHash };
    return report(await verifyAudit({ ...fromFile, seals: elsewhere, publicKeys }));
  }
  await using started = new AsyncDisposableStack();
  const url = config.databaseUrl ?? (await urlOfServer(dataDir, config, started, parts));
  const database = started.use(await openDatabase(url, parts.log));
  const evidence = await auditEvidence(database.db);
  return report(await verifyAudit({ ...evidence, seals: [...evidence.seals, ...elsewhere], publicKeys }));
}

function report({ entries, firstSeq, lastSeq, lastHash, sealed, faults }: AuditVerdict): number {
  for (const fault of faults) process.stdout.write(`BAD: ${fault}\n`);
  if (faults.length > 0) return 1;
  const from = firstSeq !== null && firstSeq > 1 ? ` from entry ${firstSeq} on` : '';
  process.stdout.write(`audit: ${entries} entries are whole${from}, up to entry ${lastSeq} (${lastHash})\n`);
  const open = lastSeq - (sealed?.seq ?? 0);
  process.stdout.write(
    sealed === null
      ? 'no seal was compared: if the end was cut off, nothing here tells\n'
      : `sealed up to entry ${sealed.seq} at ${sealed.at}; after it ${open > 0 ? `${open} that no seal vouches for yet` : 'nothing'}\n`,
  );
  return 0;
}

async function* exportedRows(path: string): AsyncGenerator<ChainRow> {
  await using file = await open(path);
  for await (const line of file.readLines()) {
    if (line === '') continue;
    yield parseFile(path, line, rowSchema, 'line of an export of the audit');
  }
}

function readSealFile(path: string): Seal {
  return parseFile(path, readFileSync(path, 'utf8'), sealSchema, 'seal');
}

function parseFile<T>(path: string, text: string, schema: z.ZodType<T>, what: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConfigError(`${path} cannot be read as a ${what}: it is another file, or damaged`, { cause });
  }
}

function readArgs(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message}\n\n${usage}`, { cause });
  }
}
