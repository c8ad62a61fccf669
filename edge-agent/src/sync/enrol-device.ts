import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Clock,
  caCertificatesSchema,
  type EnrolmentToken,
  enrolmentAnswerSchema,
  enrolmentPaths,
  isPinned,
  readEnrolmentToken,
  signingKeyClaimOf,
} from '@weighgate/protocol';
import { z } from 'zod';
import type { DeviceKey } from '../store/device-key.ts';
import { askEnrolment, EnrolmentError } from './ask-enrolment.ts';
import { type KeyedRequest, makeCertificateRequest } from './certificate-request.ts';
import { keepEnrolment, writePrivate } from './enrolment-file.ts';

/** Longest wait for an administrator to confirm; the token is good for a day. */
const CONFIRMED_WITHIN_MS = 24 * 3_600_000;

export interface EnrolmentWish {
  url: string;
  token: string;
  site: string;
  device: string;
  dataDir: string;
  /** The key the journal is signed with; it is made known to the cloud by the same request. */
  deviceKey: DeviceKey;
}

/**
 * Enrols this device: checks the cloud's CA against the token, makes a key here, and exchanges the token for a
 * certificate. Broken off and begun anew with the same token, it goes on with the same key.
 * @param onRequested told the fingerprint of the key before anything is sent, and whether somebody has to confirm it
 * @returns the end of the certificate, milliseconds since 1970
 * @throws EnrolmentError
 */
export async function enrolDevice(
  wish: EnrolmentWish,
  parts: { clock: Clock; onRequested: (said: { keyFingerprint: string; waiting: boolean }) => void },
): Promise<{ notAfter: string }> {
  const { url, site, device, dataDir, deviceKey, token: tokenText } = wish;
  const token = readEnrolmentToken(tokenText);
  if (token.kind === 'malformed') {
    throw new EnrolmentError('enrolment_refused', `this is no token: ${token.reason}`);
  }
  const ca = await pinnedCa(url, token.token);
  const draft = await draftOf(dataDir, device, token.token);
  const { keyFingerprint } = draft;
  const body = {
    token: tokenText,
    site,
    device,
    csr: draft.csr,
    signingKey: deviceKey.publicKey,
    signingKeyProof: deviceKey.sign(signingKeyClaimOf(device, keyFingerprint)),
  };
  parts.onRequested({ keyFingerprint, waiting: false });
  const untilMs = parts.clock.monotonicMs() + CONFIRMED_WITHIN_MS;
  let toldToWait = false;
  for (;;) {
    const answer = await askEnrolment(enrolmentAnswerSchema, {
      url,
      path: enrolmentPaths.enrol,
      body,
      tls: { ca },
    });
    if (answer.kind === 'issued') {
      keepEnrolment(dataDir, {
        v: 1,
        url,
        site,
        device,
        ca,
        certificate: answer.certificate,
        key: draft.key,
        cloudKey: answer.cloudKey,
      });
      rmSync(draftPath(dataDir), { force: true });
      return { notAfter: answer.notAfter };
    }
    if (!toldToWait) parts.onRequested({ keyFingerprint, waiting: true });
    toldToWait = true;
    if (parts.clock.monotonicMs() > untilMs) {
      throw new EnrolmentError('enrolment_refused', 'nobody has confirmed within a day; ask for a new token');
    }
    await parts.clock.sleep(answer.retryAfterSeconds * 1_000);
  }
}

/** The CA as the cloud shows it, once it is proven to be the one that the token pins: the token goes nowhere else. */
async function pinnedCa(url: string, token: EnrolmentToken): Promise<string> {
  const { certificate } = await askEnrolment(caCertificatesSchema, {
    url,
    path: enrolmentPaths.caCertificates,
    tls: 'blind',
  });
  const { raw } = new X509Certificate(certificate);
  if (isPinned(token, createHash('sha256').update(raw).digest())) return certificate;
  throw new EnrolmentError(
    'enrolment_untrusted',
    `what answers at ${url} is not the cloud that made this token: its CA is another one. The token was not sent.`,
  );
}

const draftSchema = z.strictObject({
  tokenDigest: z.string(),
  device: z.string(),
  key: z.string(),
  csr: z.string(),
  keyFingerprint: z.string(),
});

const draftPath = (dataDir: string) => join(dataDir, 'enrolment-draft.json');

/** The key this token is used with: a token serves one, so it is kept before it is sent. */
async function draftOf(dataDir: string, device: string, token: EnrolmentToken): Promise<KeyedRequest> {
  const tokenDigest = createHash('sha256').update(token.secret).digest('hex');
  const kept = readDraft(dataDir);
  if (kept?.tokenDigest === tokenDigest && kept.device === device) return kept;
  const made = await makeCertificateRequest(device);
  writePrivate(draftPath(dataDir), JSON.stringify({ tokenDigest, device, ...made }));
  return made;
}

function readDraft(dataDir: string): z.infer<typeof draftSchema> | undefined {
  try {
    return draftSchema.parse(JSON.parse(readFileSync(draftPath(dataDir), 'utf8')));
  } catch {
    // None, or half of one: a new key is made.
    return undefined;
  }
}
