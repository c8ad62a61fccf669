import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Fewer characters than this are no secret but the rest of a file that was cut off. */
/** The file is no secret. The message says what to do. */
export class SecretError extends Error {
  readonly code = 'secret_too_short';
  constructor(message: string) {
    super(message);
    this.name = 'SecretError';
  }
}

const MIN_SECRET_LENGTH = 32;

/**
 * Reads a secret from its file; makes a random one of 256 bits, readable by this user alone, when there is none.
 * @throws Error when the file holds fewer than 32 characters: with an empty key anyone would be let in
 */
export function secretFromFile(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    // Written whole beside it and then given its name: a power cut leaves the secret or nothing.
    writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const secret = readFileSync(path, 'utf8').trim();
  if (secret.length < MIN_SECRET_LENGTH)
    throw new SecretError(
      `${path} holds no secret of ${MIN_SECRET_LENGTH} characters. Delete it, and a new one is made.`,
    );
  return secret;
}
