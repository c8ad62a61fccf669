import 'reflect-metadata';
import {
  createPrivateKey,
  createPublicKey,
  X509Certificate as ReadCertificate,
  webcrypto,
} from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Clock } from '@weighgate/protocol';
import { writeWhole } from '../../store/write-whole.ts';
import { importKey, keyAlgorithm, makeKeys, serialOf } from './issuing-keys.ts';

const YEAR_MS = 365.25 * 86_400_000;
/** Life of the CA. Every device has to be enrolled anew when it ends. */
const CA_YEARS = 20;

/** The CA's key and certificate in PEM. */
export interface CaFiles {
  keyPem: string;
  certificatePem: string;
}

/** The CA's files cannot be used. `message` says which and why. */
export class CaFilesError extends Error {
  override readonly name = 'CaFilesError';
  readonly code = 'ca_files_unusable';
}

/**
 * Reads the CA's key and certificate: those of the configuration, or those in the data folder, which are made at the
 * first start. Key and certificate stand in one file, so that there is never one without the other.
 * @throws CaFilesError for a file that is missing, readable by others, or no CA with its key
 */
export async function openCaFiles(
  options: { dataDir: string; configured: { keyFile: string; certificateFile: string } | undefined },
  parts: { clock: Clock; randomBytes: (size: number) => Buffer },
): Promise<CaFiles> {
  const { configured } = options;
  if (configured !== undefined) {
    const files = { keyPem: read(configured.keyFile), certificatePem: read(configured.certificateFile) };
    refuseReadableByOthers(configured.keyFile);
    return checked(files, configured.keyFile);
  }
  const path = join(options.dataDir, 'ca.pem');
  if (!existsSync(path)) writeWhole(path, await makeCa(parts));
  refuseReadableByOthers(path);
  const text = read(path);
  const part = (label: string) =>
    new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----\\n?`).exec(text)?.[0] ?? '';
  return checked({ keyPem: part('PRIVATE KEY'), certificatePem: part('CERTIFICATE') }, path);
}

async function makeCa({
  clock,
  randomBytes,
}: {
  clock: Clock;
  randomBytes: (size: number) => Buffer;
}): Promise<string> {
  const { keyPem, publicKey } = makeKeys();
  const keys = {
    privateKey: await importKey(keyPem),
    publicKey: await webcrypto.subtle.importKey('spki', publicKey, keyAlgorithm, true, ['verify']),
  };
  const nowMs = clock.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialOf(randomBytes),
    name: [{ CN: [`Weighgate CA ${randomBytes(4).toString('hex')}`] }],
    notBefore: new Date(nowMs - 86_400_000),
    notAfter: new Date(nowMs + CA_YEARS * YEAR_MS),
    keys,
    signingAlgorithm: keyAlgorithm,
    extensions: [
      // No CA below this one.
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return `${keyPem}${certificate.toString('pem')}\n`;
}

function checked(files: CaFiles, path: string): CaFiles {
  try {
    const certificate = new ReadCertificate(files.certificatePem);
    const key = createPrivateKey(files.keyPem);
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('the key is none on P-256');
    if (!certificate.ca) throw new Error('the certificate is none of a CA');
    const own = createPublicKey(key).export({ type: 'spki', format: 'der' });
    if (!certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(own))
      throw new Error('the certificate belongs to another key');
    return files;
  } catch (cause) {
    throw new CaFilesError(
      `The certificate authority in ${path} cannot be used: ${(cause as Error).message}. Put the right files back: every ` +
        'device has pinned them.',
      { cause },
    );
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CaFilesError(
      `${path} of the certificate authority cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function refuseReadableByOthers(path: string): void {
  if ((statSync(path).mode & 0o077) === 0) return;
  throw new CaFilesError(
    `${path} holds the key of the certificate authority and others than its owner may read it: chmod 600 ${path}`,
  );
}
