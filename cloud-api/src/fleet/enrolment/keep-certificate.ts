import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Trx } from '../../store/database.ts';
import type { IssuedCertificate } from './certificate-authority.ts';

/** Puts a certificate on the list of those that are admitted. It may be given out once this is committed. */
export async function keepCertificate(
  trx: Trx,
  issued: IssuedCertificate,
  of: { device: string; keyFingerprint: string } & (
    | { requestId: string; renews: null }
    | { requestId: null; renews: string }
  ),
  clock: Clock,
): Promise<void> {
  await trx
    .insertInto('device_certificates')
    .values({
      fingerprint: issued.fingerprint,
      serial: issued.serial,
      device: of.device,
      key_fingerprint: of.keyFingerprint,
      certificate: issued.pem,
      request_id: of.requestId,
      renews: of.renews,
      not_before: isoInstant(issued.notBeforeMs),
      not_after: isoInstant(issued.notAfterMs),
      issued_at: isoInstant(clock.now()),
    })
    .execute();
}
