import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';
import type { Clock } from '@weighgate/protocol';
import type { CaFiles } from './ca-files.ts';
import { importKey, keyAlgorithm, makeKeys, serialOf } from './issuing-keys.ts';

const DAY_MS = 86_400_000;
/** Life of a device's certificate. */
const DEVICE_CERTIFICATE_DAYS = 90;
/** Of a broker's or an enrolment server's: those of this program are made anew at each start. */
const SERVER_CERTIFICATE_DAYS = 730;
/** A device whose clock is a little behind must not find its certificate too young. */
const BACKDATED_MS = 300_000;
/** How long a list of revoked certificates is good; it is written anew long before. */
const CRL_DAYS = 30;

export interface IssuedCertificate {
  pem: string;
  /** SHA-256 of the DER, in hex: what the list of admitted certificates is kept by. */
  fingerprint: string;
  /** In hex. */
  serial: string;
  notBeforeMs: number;
  notAfterMs: number;
}

/** A certificate with the key it was made for, both in PEM. */
export interface KeyedCertificate extends IssuedCertificate {
  keyPem: string;
}

/** The cloud's own certificate authority. Every device pins it; nobody else needs to trust it. */
export interface CertificateAuthority {
  certificatePem: string;
  /** SHA-256 of its certificate. */
  fingerprint: Buffer;
  /** Certifies a device's key under its name, for signing in as a client and for nothing else. */
  certifyDevice(device: string, publicKey: ArrayBuffer): Promise<IssuedCertificate>;
  /** Makes a key and a certificate for a client of ours, such as the inbox. @param days of life; 730 when left out */
  makeClient(name: string, days?: number): Promise<KeyedCertificate>;
  /** Makes a key and a certificate for a server under these DNS names and addresses. */
  makeServer(names: readonly string[]): Promise<KeyedCertificate>;
  /** The list of revoked certificates, in PEM, for brokers that read one. */
  makeRevocationList(revoked: readonly { serial: string; revokedAtMs: number }[]): Promise<string>;
}

/** Joins the CA's files to what it can do. */
export async function certificateAuthority(
  { keyPem, certificatePem }: CaFiles,
  { clock, randomBytes }: { clock: Clock; randomBytes: (size: number) => Buffer },
): Promise<CertificateAuthority> {
  const certificate = new X509Certificate(certificatePem);
  const signingKey = await importKey(keyPem);
  const authorityKey = await AuthorityKeyIdentifierExtension.create(certificate);

  async function certify(
    name: string,
    publicKey: ArrayBuffer,
    days: number,
    purpose: ExtendedKeyUsage,
    more: readonly Extension[] = [],
  ): Promise<IssuedCertificate> {
    const nowMs = clock.now();
    const issued = await X509CertificateGenerator.create({
      serialNumber: serialOf(randomBytes),
      subject: [{ CN: [name] }],
      issuer: certificate.subjectName,
      notBefore: new Date(nowMs - BACKDATED_MS),
      notAfter: new Date(nowMs + days * DAY_MS),
      publicKey,
      signingKey,
      signingAlgorithm: keyAlgorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([purpose]),
        authorityKey,
        await SubjectKeyIdentifierExtension.create(publicKey),
        ...more,
      ],
    });
    return describe(issued);
  }

  async function keyed(
    make: (publicKey: ArrayBuffer) => Promise<IssuedCertificate>,
  ): Promise<KeyedCertificate> {
    const { publicKey, keyPem } = makeKeys();
    return { ...(await make(publicKey)), keyPem };
  }

  return {
    certificatePem,
    fingerprint: createHash('sha256').update(Buffer.from(certificate.rawData)).digest(),
    certifyDevice: (device, publicKey) =>
      certify(device, publicKey, DEVICE_CERTIFICATE_DAYS, ExtendedKeyUsage.clientAuth),
    makeClient: (name, days = SERVER_CERTIFICATE_DAYS) =>
      keyed((publicKey) => certify(name, publicKey, days, ExtendedKeyUsage.clientAuth)),
    makeServer: (names) => {
      const alternatives = new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      );
      return keyed((publicKey) =>
        certify(names[0] ?? 'weighgate', publicKey, SERVER_CERTIFICATE_DAYS, ExtendedKeyUsage.serverAuth, [
          alternatives,
        ]),
      );
    },
    makeRevocationList: async (revoked) => {
      const nowMs = clock.now();
      const list = await X509CrlGenerator.create({
        issuer: certificate.subjectName,
        thisUpdate: new Date(nowMs - BACKDATED_MS),
        nextUpdate: new Date(nowMs + CRL_DAYS * DAY_MS),
        entries: revoked.map(({ serial, revokedAtMs }) => ({
          serialNumber: serial,
          revocationDate: new Date(revokedAtMs),
        })),
        extensions: [authorityKey],
        signingAlgorithm: keyAlgorithm,
        signingKey,
      });
      // The library calls it CRL, and OpenSSL reads none that is not called X509 CRL.
      const lines =
        Buffer.from(list.rawData)
          .toString('base64')
          .match(/.{1,64}/g) ?? [];
      return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n');
    },
  };
}

function describe(certificate: X509Certificate): IssuedCertificate {
  return {
    pem: `${certificate.toString('pem')}\n`,
    fingerprint: createHash('sha256').update(Buffer.from(certificate.rawData)).digest('hex'),
    serial: certificate.serialNumber,
    notBeforeMs: certificate.notBefore.getTime(),
    notAfterMs: certificate.notAfter.getTime(),
  };
}
