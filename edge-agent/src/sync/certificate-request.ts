import { createHash, generateKeyPairSync, webcrypto } from 'node:crypto';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A key of its own, made here, and the request to certify it; in PEM. */
export interface KeyedRequest {
  key: string;
  csr: string;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), in hex. */
  keyFingerprint: string;
}

/**
 * Makes a key on this machine and the request (PKCS #10) for a certificate of it under the device's name. The library
 * is loaded for this alone: it is needed once in about 54 days and takes 15 MB.
 */
export async function makeCertificateRequest(device: string): Promise<KeyedRequest> {
  await import('reflect-metadata');
  const { Pkcs10CertificateRequestGenerator } = await import('@peculiar/x509');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }));
  const pkcs8 = Uint8Array.from(privateKey.export({ type: 'pkcs8', format: 'der' }));
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [device] }],
    keys: {
      privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']),
      publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
    },
    signingAlgorithm: algorithm,
  });
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    csr: request.toString('pem'),
    keyFingerprint: createHash('sha256').update(spki).digest('hex'),
  };
}
