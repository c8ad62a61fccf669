import { generateKeyPairSync, webcrypto } from 'node:crypto';

/** What every key and signature of the CA is made with. */
export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A new key pair: the private key in PEM, the public one as SubjectPublicKeyInfo. */
export function makeKeys(): { keyPem: string; publicKey: ArrayBuffer } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' })).buffer,
  };
}

/** The private key as WebCrypto signs with it. */
export function importKey(keyPem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(keyPem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  return webcrypto.subtle.importKey('pkcs8', der, keyAlgorithm, false, ['sign']);
}

/** A positive number of 126 bits of chance: serial numbers do not tell how many there are. */
export function serialOf(randomBytes: (size: number) => Buffer): string {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial.toString('hex');
}
