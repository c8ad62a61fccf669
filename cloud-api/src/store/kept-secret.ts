import { existsSync, readFileSync } from 'node:fs';
import { writeWhole } from './write-whole.ts';

const SECRET_BYTES = 32;

/** The secret kept in a file, made at random on first use: 32 bytes as base64url, mode 0600. */
export function keptSecret(path: string, randomBytes: (size: number) => Buffer): string {
  if (existsSync(path)) {
    const kept = readFileSync(path, 'utf8').trim();
    if (kept.length >= 16) return kept;
  }
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  writeWhole(path, `${secret}\n`);
  return secret;
}
