import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import packageFile from '../package.json' with { type: 'json' };
import { softwareIdentificationOf } from './software-identification.ts';
import { releaseClaimOf } from './software-release.ts';
import { UsageError } from './usage-error.ts';

/** `release --key PEM FILE`: signs the software as it stands here, for agents that weigh only with what was released. */
export function releaseCommand(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { key: { type: 'string' } },
  });
  const [file, ...more] = positionals;
  if (values.key === undefined || file === undefined || more.length > 0)
    throw new UsageError(
      'Say release --key PEM FILE: the Ed25519 private key to sign with, and where to write.',
    );
  const key = createPrivateKey(readFileSync(values.key, 'utf8'));
  if (key.asymmetricKeyType !== 'ed25519') throw new UsageError(`${values.key} is no Ed25519 key.`);
  const { version, modulesSha256 } = softwareIdentificationOf(packageFile.version, null);
  const signature = sign(null, Buffer.from(releaseClaimOf({ version, modulesSha256 })), key);
  const release = { version, modulesSha256, signature: signature.toString('base64url') };
  writeFileSync(file, `${JSON.stringify(release, null, 2)}\n`);
  const publicKey = createPublicKey(key).export({ format: 'jwk' }).x;
  process.stdout.write(`${file}: version ${version}. Agents check it with releaseKey: ${publicKey}\n`);
  return 0;
}
