import assert from 'node:assert/strict';
import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Trx } from '../../store/database.ts';
import { registerSigningKey } from '../signing-keys.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { readCertificateRequest } from './certificate-request.ts';
import type { EnrolmentOutcome } from './enrolment-outcome.ts';
import { keepCertificate } from './keep-certificate.ts';
import { revokeCertificates } from './revoke-certificates.ts';

/**
 * Issues the certificate that a stored request asks for, makes the device known with the key it signs its journal with,
 * and revokes what an earlier machine of that name had.
 * @param by who decided it
 */
export async function issueForRequest(
  trx: Trx,
  requestId: string,
  by: string,
  { ca, clock }: { ca: CertificateAuthority; clock: Clock },
): Promise<EnrolmentOutcome> {
  const { device, site, csr, signing_key } = await trx
    .selectFrom('enrolment_requests')
    .select(['device', 'site', 'csr', 'signing_key'])
    .where('request_id', '=', requestId)
    .executeTakeFirstOrThrow();
  const request = await readCertificateRequest(csr, device);
  assert(request.kind === 'good', 'only good requests are stored');
  const { publicKey, keyFingerprint } = request;
  const issued = await ca.certifyDevice(device, publicKey);

  const now = isoInstant(clock.now());
  await trx
    .insertInto('enrolled_devices')
    .values({ device, site, enrolled_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await revokeCertificates(trx, device, { by, reason: 'replaced by a new enrolment' }, clock);
  await keepCertificate(trx, issued, { device, keyFingerprint, requestId, renews: null }, clock);
  await registerSigningKey(trx, { device, publicKey: signing_key }, clock);
  await trx
    .updateTable('enrolment_requests')
    .set({ state: 'issued', decided_at: now, decided_by: by })
    .where('request_id', '=', requestId)
    .execute();
  return {
    kind: 'issued',
    certificate: issued.pem,
    notBefore: isoInstant(issued.notBeforeMs),
    notAfter: isoInstant(issued.notAfterMs),
    keyFingerprint,
  };
}
