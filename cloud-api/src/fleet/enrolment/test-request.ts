import 'reflect-metadata';
import { createHash, createPublicKey, webcrypto } from 'node:crypto';
import { type Extension, ExtensionsAttribute, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { importKey, keyAlgorithm, makeKeys } from './issuing-keys.ts';

/** A certificate request as a device makes it, or one that asks for more than it may. */
export async function makeTestRequest(
  device: string,
  {
    subject = `CN=${device}`,
    extensions = [],
    ...kept
  }: { subject?: string; extensions?: Extension[]; keyPem?: string } = {},
) {
  const { keyPem, publicKey } = kept.keyPem === undefined ? makeKeys() : keysOf(kept.keyPem);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys: {
      privateKey: await importKey(keyPem),
      publicKey: await webcrypto.subtle.importKey('spki', publicKey, keyAlgorithm, true, ['verify']),
    },
    signingAlgorithm: keyAlgorithm,
    attributes: extensions.length === 0 ? [] : [new ExtensionsAttribute(extensions)],
  });
  return {
    csr: request.toString('pem'),
    keyPem,
    keyFingerprint: createHash('sha256').update(Buffer.from(publicKey)).digest('hex'),
  };
}

function keysOf(keyPem: string): { keyPem: string; publicKey: ArrayBuffer } {
  const spki = createPublicKey(keyPem).export({ type: 'spki', format: 'der' });
  return { keyPem, publicKey: Uint8Array.from(spki).buffer };
}

/** A request with an RSA key, which is refused whatever its length. */
export async function makeRsaRequest(device: string, modulusLength: number) {
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(
    { ...rsa, modulusLength, publicExponent: Uint8Array.from([1, 0, 1]) },
    true,
    ['sign', 'verify'],
  );
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: `CN=${device}`,
    keys,
    signingAlgorithm: rsa,
  });
  const publicKey = await webcrypto.subtle.exportKey('spki', keys.publicKey);
  return {
    csr: request.toString('pem'),
    keyFingerprint: createHash('sha256').update(Buffer.from(publicKey)).digest('hex'),
  };
}
