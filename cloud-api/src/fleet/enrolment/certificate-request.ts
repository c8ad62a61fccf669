import 'reflect-metadata';
import { createHash, createPublicKey } from 'node:crypto';
import { Pkcs10CertificateRequest } from '@peculiar/x509';

/** A certificate request that may be granted, or why it may not. */
export type CertificateRequestReading =
  | { kind: 'good'; publicKey: ArrayBuffer; keyFingerprint: string }
  | { kind: 'refused'; reason: string };

/**
 * Reads a PKCS #10 request for a device's certificate. It may ask for its own name and for nothing else: what a
 * certificate allows is decided here and never by who asks for it.
 * @param device the only name it may ask for
 */
export async function readCertificateRequest(
  pem: string,
  device: string,
): Promise<CertificateRequestReading> {
  let request: Pkcs10CertificateRequest;
  try {
    request = new Pkcs10CertificateRequest(pem);
    if (!(await request.verify())) return refused('its signature was not made with its key');
  } catch (error) {
    return refused(`it cannot be read: ${(error as Error).message.slice(0, 200)}`);
  }
  const names = request.subjectName.toJSON();
  const [only] = names;
  const isOwnName = names.length === 1 && only !== undefined && Object.keys(only).join() === 'CN';
  if (!isOwnName || only.CN?.length !== 1 || only.CN[0] !== device) {
    return refused(
      `its subject must be CN=${device} and nothing else, found ${request.subject.slice(0, 200)}`,
    );
  }
  if (request.extensions.length > 0 || request.attributes.length > 0) {
    return refused(
      'it asks for extensions or attributes, such as other names or to be a CA; it must ask for none',
    );
  }
  const publicKey = request.publicKey.rawData;
  const key = createPublicKey({ key: Buffer.from(publicKey), type: 'spki', format: 'der' });
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    return refused('its key must be one on the curve P-256');
  }
  const keyFingerprint = createHash('sha256').update(Buffer.from(publicKey)).digest('hex');
  return { kind: 'good', publicKey, keyFingerprint };
}

function refused(reason: string): CertificateRequestReading {
  return { kind: 'refused', reason };
}
