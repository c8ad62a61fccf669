import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { publicKeySchema, signatureSchema } from './device-signature.ts';
import { deviceIdSchema, siteCodeSchema } from './id.ts';

/** Where a device enrols, over TLS of the cloud's own CA. Shaped like EST (RFC 7030), with JSON bodies. */
export const enrolmentPaths = {
  caCertificates: '/api/fleet/enrol/cacerts',
  enrol: '/api/fleet/enrol/simpleenroll',
  renew: '/api/fleet/enrol/simplereenroll',
} as const;

const MAX_PEM_LENGTH = 8 * 1024;
const pem = (label: string) =>
  z
    .string()
    .max(MAX_PEM_LENGTH)
    .regex(new RegExp(`^-----BEGIN ${label}-----[A-Za-z0-9+/=\\r\\n]+-----END ${label}-----\\s*$`), {
      error: `must be one ${label} in PEM`,
    });
const certificatePem = pem('CERTIFICATE');
const csrPem = pem('CERTIFICATE REQUEST');
const hexDigest = z.string().regex(/^[0-9a-f]{64}$/);

/** A device asks for its first certificate. */
export const enrolmentRequestSchema = z.strictObject({
  token: z.string().min(1).max(100),
  site: siteCodeSchema,
  device: deviceIdSchema,
  csr: csrPem,
  /** The key the device signs its journal with; another one than that of the certificate. */
  signingKey: publicKeySchema,
  /** Its signature of {@link signingKeyClaimOf}: the device really has that key. */
  signingKeyProof: signatureSchema,
});
export type EnrolmentRequest = z.infer<typeof enrolmentRequestSchema>;

/** A device that has a certificate asks for the next one, over a connection it made with the present one. */
export const renewalRequestSchema = z.strictObject({ csr: csrPem });
export type RenewalRequest = z.infer<typeof renewalRequestSchema>;

/** Answers of the enrolment endpoints; `waiting` until an administrator has compared the words and confirmed. */
export const enrolmentAnswerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('issued'),
    certificate: certificatePem,
    notBefore: instantSchema,
    notAfter: instantSchema,
    /** SHA-256 of the certificate's public key. */
    keyFingerprint: hexDigest,
    /** What the cloud signs its commands with, for the device to pin. */
    cloudKey: publicKeySchema,
  }),
  z.strictObject({
    kind: z.literal('waiting'),
    keyFingerprint: hexDigest,
    retryAfterSeconds: z.int().min(1).max(3600),
  }),
]);
export type EnrolmentAnswer = z.infer<typeof enrolmentAnswerSchema>;

export const caCertificatesSchema = z.strictObject({ certificate: certificatePem });

/** Part of a certificate's life after which its device asks for the next. */
export const RENEW_AT_LIFE_PART = 0.6;

/** What a device signs to register the key of its measurements together with that of its certificate. */
export function signingKeyClaimOf(device: string, keyFingerprint: string): string {
  return `weighgate/v1 signing key\n${device}\n${keyFingerprint}\n`;
}
