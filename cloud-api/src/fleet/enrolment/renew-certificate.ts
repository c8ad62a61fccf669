import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import { readCertificateRequest } from './certificate-request.ts';
import type { EnrolmentParts } from './enrol-device.ts';
import { type EnrolmentOutcome, refuse } from './enrolment-outcome.ts';
import { keepCertificate } from './keep-certificate.ts';

const DAY_MS = 86_400_000;
/** How long after its end a certificate is still good for asking for the next one, and for nothing else. */
const GRACE_DAYS = 30;
/** A device renews once in about 54 days; more than this in a day is something else. */
const MAX_RENEWALS_A_DAY = 10;

/**
 * Issues the next certificate to a device that has shown its present one in the TLS handshake. The present one stays
 * good until its end: the answer may get lost on its way.
 * @param fingerprint SHA-256 of the certificate that was shown, whose key the handshake has proven; in hex
 */
export async function renewCertificate(
  fingerprint: string,
  csrPem: string,
  { db, clock, ca }: EnrolmentParts,
): Promise<EnrolmentOutcome> {
  const nowMs = clock.now();
  return db.transaction().execute(async (trx): Promise<EnrolmentOutcome> => {
    const shown = await trx
      .selectFrom('device_certificates')
      .select(['device', 'key_fingerprint', 'not_after', 'revoked_at'])
      .where('fingerprint', '=', fingerprint)
      .forUpdate()
      .executeTakeFirst();
    if (shown === undefined) return refuse('not_admitted', 'this certificate was not issued here');
    if (shown.revoked_at !== null) {
      return refuse('not_admitted', 'this certificate was revoked; enrol the device anew');
    }
    const endedMs = nowMs - shown.not_after.getTime();
    if (endedMs > GRACE_DAYS * DAY_MS) {
      return refuse(
        'not_admitted',
        `this certificate ended on ${shown.not_after.toISOString()}, more than ${GRACE_DAYS} days ago; enrol the device anew`,
      );
    }
    const csr = await readCertificateRequest(csrPem, shown.device);
    if (csr.kind === 'refused') return refuse('bad_request', `certificate request: ${csr.reason}`);
    if (csr.keyFingerprint === shown.key_fingerprint) {
      return refuse('bad_request', 'a renewal needs a new key, and this is the present one');
    }
    const { count } = await trx
      .selectFrom('device_certificates')
      .select(sql<number>`count(*)::int`.as('count'))
      .where('device', '=', shown.device)
      .where('renews', 'is not', null)
      .where('issued_at', '>', sql<Date>`${isoInstant(nowMs - DAY_MS)}::timestamptz`)
      .executeTakeFirstOrThrow();
    if (count >= MAX_RENEWALS_A_DAY) {
      return refuse('too_many', `the device has renewed ${count} times within a day; try again tomorrow`);
    }
    const { device } = shown;
    const issued = await ca.certifyDevice(device, csr.publicKey);
    const { keyFingerprint } = csr;
    await keepCertificate(
      trx,
      issued,
      { device, keyFingerprint, requestId: null, renews: fingerprint },
      clock,
    );
    return {
      kind: 'issued',
      certificate: issued.pem,
      notBefore: isoInstant(issued.notBeforeMs),
      notAfter: isoInstant(issued.notAfterMs),
      keyFingerprint,
    };
  });
}
