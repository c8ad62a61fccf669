import { createHash, createPrivateKey } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { deviceKeyPath } from '@weighgate/edge-agent/src/store/device-key.ts';

/** PKCS #8 of an Ed25519 key up to its 32 secret bytes (RFC 8410 7). */
const PKCS8_PREFIX = '302e020100300506032b657004220420';

/** Puts a device's key where its store looks for it: the same one for the same name, so that signatures repeat. */
export function putSeededKey(dataDir: string, name: string): void {
  const secret = createHash('sha256').update(name).digest('hex');
  const key = createPrivateKey({
    key: Buffer.from(PKCS8_PREFIX + secret, 'hex'),
    format: 'der',
    type: 'pkcs8',
  });
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(deviceKeyPath(dataDir), key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}
