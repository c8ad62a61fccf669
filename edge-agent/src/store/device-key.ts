import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from './store-error.ts';

/** The key a device signs with. It is made on the device and never leaves it. */
export interface DeviceKey {
  /** Ed25519, 32 bytes in base64url: what others check with. */
  publicKey: string;
  /** @returns the Ed25519 signature of the text, in base64url */
  sign(text: string): string;
}

/** Where the key is kept, readable by the agent's user alone. */
export function deviceKeyPath(dataDir: string): string {
  return join(dataDir, 'device-key.pem');
}

/**
 * Reads the device's key; makes one when there is none.
 * @throws StoreError `store_unusable` when the file holds no Ed25519 key: another one would not be this device's
 */
export function openDeviceKey(dataDir: string): DeviceKey {
  makeKeyFile(dataDir);
  const path = deviceKeyPath(dataDir);
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
    throw new StoreError(
      'store_unusable',
      `The device's key in ${path} cannot be used: ${(cause as Error).message}. Put the right file back; without it ` +
        'nobody can tell this journal from a forged one.',
      { cause },
    );
  }
}

/** Written whole beside it and then given its name: a power cut leaves the key or nothing. */
function makeKeyFile(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true });
  const path = deviceKeyPath(dataDir);
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    writeFileSync(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), {
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
}

/**
 * The public key of the device whose folder this is. Makes none.
 * @throws StoreError `store_unusable` when there is no key
 */
export function readPublicKey(dataDir: string): string {
  const path = deviceKeyPath(dataDir);
  try {
    const { x } = createPublicKey(readFileSync(path, 'utf8')).export({ format: 'jwk' });
    if (x === undefined) throw new Error('it is no Ed25519 key');
    return x;
  } catch (cause) {
    const message = `There is no device key in ${path}: ${(cause as Error).message}. Give the public key with --public-key.`;
    throw new StoreError('store_unusable', message, { cause });
  }
}
