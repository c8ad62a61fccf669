import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { evidencePackSchema } from './billing/explain/evidence-pack.ts';
import { type PackVerdict, type Trust, verifyPack } from './billing/explain/verify-pack.ts';
import { ConfigError } from './config-file.ts';

const usage = `weighgate cloud verify bill FILE [--public-key KEY]... [--unsigned]

Checks an evidence pack (GET /api/billing/bills/ID/evidence) without a network or a database: hashes, signatures of the
devices, and every sum from the weights up. Names the first thing that is wrong.

  --public-key KEY    a device's key that you know from elsewhere; when given, only such keys are believed
  --unsigned          take entries of devices that have no key on file
`;

/**
 * `verify bill`: says whether a bill is what its evidence gives.
 * @returns the exit code: 1 when something is wrong
 * @throws ConfigError for a wrong command line or a file that is no evidence pack
 */
export function verifyBillCommand(args: readonly string[]): number {
  const { file, trust } = readArgs(args);
  if (file === undefined) {
    process.stdout.write(usage);
    return args.includes('--help') ? 0 : 2;
  }
  const verdict = verifyPack(readPack(file), trust);
  process.stdout.write(wordsOf(verdict));
  return verdict.kind === 'sound' ? 0 : 1;
}

function wordsOf(verdict: PackVerdict): string {
  if (verdict.kind === 'unsound') return `WRONG: ${verdict.fault.where}: ${verdict.fault.what}\n`;
  const { bill, deliveries, entries, signed, keys } = verdict;
  const unsigned =
    signed === entries
      ? ''
      : `NOT SIGNED: ${entries - signed} of ${entries} entries; no key of their device was on file\n`;
  return (
    `bill ${bill.numberText}: ${bill.totals.totalMinor} minor units of ${bill.currency}\n` +
    `deliveries ${deliveries}, entries ${entries}, signed by their device ${signed}\n` +
    keys.map((key) => `key ${key}\n`).join('') +
    unsigned +
    'SOUND: every hash, signature and sum holds. Compare the keys with those your devices show.\n'
  );
}

function readPack(file: string) {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`${file} cannot be read as an evidence pack: ${(cause as Error).message}`, {
      cause,
    });
  }
  const pack = evidencePackSchema.safeParse(json);
  if (pack.success) return pack.data;
  throw new ConfigError(`${file} is no evidence pack: ${z.prettifyError(pack.error).slice(0, 500)}`);
}

function readArgs(args: readonly string[]): { file: string | undefined; trust: Trust } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'public-key': { type: 'string', multiple: true },
        unsigned: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const [file, tooMuch] = positionals;
    const { help, unsigned: takesUnsigned, 'public-key': trustedKeys } = values;
    return {
      file: help || tooMuch !== undefined ? undefined : file,
      trust: trustedKeys === undefined ? { takesUnsigned } : { takesUnsigned, trustedKeys },
    };
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message}\n\n${usage}`, { cause });
  }
}
