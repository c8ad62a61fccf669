import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

const SECRET_BYTES = 32;

/**
 * The secret kept in a file, made at random on first use: 32 bytes as base64url, mode 0600. Written beside its place
 * and moved there when whole, so that a kill half-way never leaves half a secret.
 */
export function keptSecret(path: string, randomBytes: (size: number) => Buffer): string {
  if (existsSync(path)) {
    const kept = readFileSync(path, 'utf8').trim();
    if (kept.length >= 16) return kept;
  }
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(file, `${secret}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
  return secret;
}
