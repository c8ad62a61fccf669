import { type Clock, enrolmentAnswerSchema, enrolmentPaths, RENEW_AT_LIFE_PART } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { askEnrolment } from './ask-enrolment.ts';
import { makeCertificateRequest } from './certificate-request.ts';
import { type EnrolmentReading, keepEnrolment, readEnrolment } from './enrolment-file.ts';

/** How often it is looked whether a renewal is due; also the wait after one that failed. */
const LOOK_MS = 3_600_000;

/** Whether the certificate's life is far enough gone. Also long after its end: the cloud gives 30 days of grace. */
export function isRenewalDue(
  { notBeforeMs, notAfterMs }: { notBeforeMs: number; notAfterMs: number },
  nowMs: number,
): boolean {
  return nowMs >= notBeforeMs + (notAfterMs - notBeforeMs) * RENEW_AT_LIFE_PART;
}

/**
 * Asks for the next certificate, with a new key, over a connection made with the present one, and keeps it. The next
 * connection to the broker is made with it.
 * @throws EnrolmentError
 */
export async function renewCertificate(
  dataDir: string,
  { enrolment }: Extract<EnrolmentReading, { kind: 'enrolled' }>,
): Promise<{ notAfter: string }> {
  const { url, ca, certificate: cert, key } = enrolment;
  const next = await makeCertificateRequest(enrolment.device);
  const answer = await askEnrolment(enrolmentAnswerSchema.options[0], {
    url,
    path: enrolmentPaths.renew,
    body: { csr: next.csr },
    tls: { ca, cert, key },
  });
  keepEnrolment(dataDir, {
    ...enrolment,
    certificate: answer.certificate,
    key: next.key,
    cloudKey: answer.cloudKey,
  });
  return { notAfter: answer.notAfter };
}

/** Renews whenever it is due, until `signal` is aborted. A failure is logged and tried again; it stops nothing. */
export async function keepCertificateFresh(
  { dataDir, device }: { dataDir: string; device: string },
  { clock, random, log }: { clock: Clock; random: () => number; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const reading = readEnrolment(dataDir, device);
    if (reading.kind === 'enrolled' && isRenewalDue(reading, clock.now())) {
      try {
        const { notAfter } = await renewCertificate(dataDir, reading);
        log.info({ notAfter }, 'certificate.renewed');
      } catch (error) {
        log.error(
          { detail: (error as Error).message, endsAtMs: reading.notAfterMs },
          'certificate.not_renewed',
        );
      }
    }
    await clock.sleep(LOOK_MS * (0.5 + random() / 2), signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
