import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { writeWhole } from '../store/write-whole.ts';

/** The key the cloud signs with what devices and others have to be able to check. */
export interface CloudKey {
  /** Ed25519, 32 bytes in base64url. */
  publicKey: string;
  /** @returns the Ed25519 signature of the text, in base64url */
  sign(text: string): string;
}

/** The cloud's key cannot be used. `message` says why. */
export class CloudKeyError extends Error {
  override readonly name = 'CloudKeyError';
  readonly code = 'cloud_key_unusable';
}

/**
 * Reads the cloud's key, made at the first start. Replicas share one file.
 * @throws CloudKeyError when the file holds no Ed25519 key, or others than its owner may read it
 */
export function openCloudKey(path: string): CloudKey {
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeWhole(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new CloudKeyError(
      `${path} holds the cloud's signing key and others than its owner may read it: chmod 600 ${path}`,
    );
  }
  try {
    const privateKey = createPrivateKey(readFileSync(path, 'utf8'));
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('it is no Ed25519 key');
    const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
    if (x === undefined) throw new Error('it has no public part');
    return {
      publicKey: x,
      sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64url'),
    };
  } catch (cause) {
    const message = `the cloud's signing key in ${path} cannot be used: ${(cause as Error).message}; put the right file back`;
    throw new CloudKeyError(message, { cause });
  }
}
