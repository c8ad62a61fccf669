import {
  type Clock,
  type EnrolmentRequest,
  isoInstant,
  isSigned,
  type MakeId,
  readEnrolmentToken,
  signingKeyClaimOf,
} from '@weighgate/protocol';
import type { Db, Trx } from '../../store/database.ts';
import { isKeptName } from '../host-name.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { readCertificateRequest } from './certificate-request.ts';
import { type EnrolmentOutcome, type EnrolmentRefusal, refuse } from './enrolment-outcome.ts';
import { issueForRequest } from './issue-for-request.ts';
import { tokenHash } from './make-token.ts';

/** How soon a device that waits for its confirmation asks again. */
const RETRY_AFTER_SECONDS = 5;

export interface EnrolmentParts {
  db: Db;
  clock: Clock;
  makeId: MakeId;
  ca: CertificateAuthority;
}

interface TokenRow {
  token_hash: string;
  site: string;
  device: string | null;
  needs_confirmation: boolean;
  expires_at: Date;
}

/**
 * Takes a token and a certificate request, and issues the device's first certificate, or lets it wait for an
 * administrator. A token serves one key: asked again with the same key, the answer is the same, so that an answer that
 * got lost costs nothing; with another key it is refused.
 */
export async function enrolDevice(
  request: EnrolmentRequest,
  parts: EnrolmentParts,
): Promise<EnrolmentOutcome> {
  const token = readEnrolmentToken(request.token);
  if (token.kind === 'malformed') return refuse('bad_token', token.reason);
  const { device } = request;
  if (isKeptName(device)) return refuse('bad_request', `the name ${device} is kept for the cloud itself`);
  const csr = await readCertificateRequest(request.csr, device);
  if (csr.kind === 'refused') return refuse('bad_request', `certificate request: ${csr.reason}`);
  const { keyFingerprint } = csr;
  if (!isSigned(signingKeyClaimOf(device, keyFingerprint), request.signingKeyProof, request.signingKey)) {
    return refuse('bad_request', 'signingKeyProof was not made with signingKey for this device and key');
  }

  return parts.db.transaction().execute(async (trx): Promise<EnrolmentOutcome> => {
    // Held until the end: two that use one token at once take turns.
    const row = await trx
      .selectFrom('enrolment_tokens')
      .select(['token_hash', 'site', 'device', 'needs_confirmation', 'expires_at'])
      .where('token_hash', '=', tokenHash(token.token.secret))
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return refuse('bad_token', 'this token is not known here');
    const earlier = await trx
      .selectFrom('enrolment_requests')
      .select(['request_id', 'key_fingerprint', 'state'])
      .where('token_hash', '=', row.token_hash)
      .executeTakeFirst();
    if (earlier !== undefined) {
      if (earlier.key_fingerprint !== keyFingerprint) {
        return refuse('bad_token', 'this token was used already, by another key; ask for a new one');
      }
      return answerAgain(trx, earlier, keyFingerprint);
    }
    const unfit = unfitOf(row, request, parts.clock) ?? (await takenBy(trx, row, device));
    if (unfit !== undefined) return unfit;

    const requestId = parts.makeId();
    await trx
      .insertInto('enrolment_requests')
      .values({
        request_id: requestId,
        token_hash: row.token_hash,
        device,
        site: row.site,
        csr: request.csr,
        key_fingerprint: keyFingerprint,
        signing_key: request.signingKey,
        state: 'waiting',
        requested_at: isoInstant(parts.clock.now()),
      })
      .execute();
    if (row.needs_confirmation) return waitingFor(keyFingerprint);
    return issueForRequest(trx, requestId, 'token', parts);
  });
}

function unfitOf(token: TokenRow, { site, device }: EnrolmentRequest, clock: Clock) {
  if (clock.now() >= token.expires_at.getTime()) {
    return refuse('bad_token', `this token ended on ${token.expires_at.toISOString()}; ask for a new one`);
  }
  if (token.site !== site) {
    return refuse(
      'bad_token',
      `this token is for another site than ${site}; look at "site" in the configuration`,
    );
  }
  if (token.device !== null && token.device !== device) {
    return refuse(
      'bad_token',
      `this token is for another device than ${device}; look at "device" in the configuration`,
    );
  }
  return undefined;
}

/** A name that is taken is given to another machine only by a token that says so. */
async function takenBy(trx: Trx, token: TokenRow, device: string): Promise<EnrolmentRefusal | undefined> {
  const known = await trx
    .selectFrom('enrolled_devices')
    .select('site')
    .where('device', '=', device)
    .executeTakeFirst();
  if (known === undefined) return undefined;
  if (known.site !== token.site) return refuse('bad_token', `the name ${device} belongs to another site`);
  if (token.device === device) return undefined;
  return refuse(
    'bad_token',
    `there is a device ${device} already; to replace it, ask for a token for it: device token ${token.site} ${device}`,
  );
}

async function answerAgain(
  trx: Trx,
  { request_id, state }: { request_id: string; state: 'waiting' | 'issued' | 'refused' },
  keyFingerprint: string,
): Promise<EnrolmentOutcome> {
  if (state === 'waiting') return waitingFor(keyFingerprint);
  if (state === 'refused') return refuse('bad_token', 'an administrator has refused this request');
  const issued = await trx
    .selectFrom('device_certificates')
    .select(['certificate', 'not_before', 'not_after', 'revoked_at'])
    .where('request_id', '=', request_id)
    .executeTakeFirstOrThrow();
  if (issued.revoked_at !== null)
    return refuse('bad_token', 'its certificate was revoked; ask for a new token');
  return {
    kind: 'issued',
    certificate: issued.certificate,
    notBefore: isoInstant(issued.not_before.getTime()),
    notAfter: isoInstant(issued.not_after.getTime()),
    keyFingerprint,
  };
}

function waitingFor(keyFingerprint: string): EnrolmentOutcome {
  return { kind: 'waiting', keyFingerprint, retryAfterSeconds: RETRY_AFTER_SECONDS };
}
