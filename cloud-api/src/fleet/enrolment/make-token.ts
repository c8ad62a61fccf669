import { createHash } from 'node:crypto';
import {
  type Clock,
  isoInstant,
  type MakeId,
  TOKEN_SECRET_BYTES,
  writeEnrolmentToken,
} from '@weighgate/protocol';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import type { Trx } from '../../store/database.ts';
import { isKeptName } from '../host-name.ts';

const TOKEN_LIFE_MS = 24 * 3_600_000;

/** What a token is good for: one device of a site, once, within a day. */
export interface TokenWish {
  site: string;
  /** The device that may use it, also in the place of one that has this name already; null for any new one. */
  device: string | null;
  /** Whether an administrator compares the fingerprint's words before a certificate is issued. */
  needsConfirmation: boolean;
}

export type TokenMade =
  | { kind: 'made'; token: string; expiresAt: string }
  | { kind: 'refused'; reason: string };

/**
 * Makes a one-time token. The site is made known by it; a device stays with its site for ever.
 * @param caFingerprint SHA-256 of the CA certificate, which the token pins
 */
export async function makeToken(
  trx: Trx,
  { site, device, needsConfirmation, by }: TokenWish & { by: Actor },
  parts: { clock: Clock; makeId: MakeId; randomBytes: (size: number) => Buffer; caFingerprint: Buffer },
): Promise<TokenMade> {
  if (device !== null && isKeptName(device)) {
    return { kind: 'refused', reason: `the name ${device} is kept for the cloud itself` };
  }
  const nowMs = parts.clock.now();
  const secret = parts.randomBytes(TOKEN_SECRET_BYTES);
  const known =
    device === null
      ? undefined
      : await trx
          .selectFrom('enrolled_devices')
          .select('site')
          .where('device', '=', device)
          .executeTakeFirst();
  if (known !== undefined && known.site !== site) {
    return { kind: 'refused', reason: `the device ${device} belongs to site ${known.site}` };
  }
  const createdAt = isoInstant(nowMs);
  const expiresAt = isoInstant(nowMs + TOKEN_LIFE_MS);
  await trx
    .insertInto('sites')
    .values({ site, created_at: createdAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await trx
    .insertInto('enrolment_tokens')
    .values({
      token_hash: tokenHash(secret),
      site,
      device,
      needs_confirmation: needsConfirmation,
      created_at: createdAt,
      expires_at: expiresAt,
    })
    .execute();
  const change = {
    subject: { kind: 'site', id: site },
    before: null,
    after: { device, needsConfirmation, expiresAt },
  };
  await recordChange(trx, { by, action: 'enrolment_token.made', ...change }, parts);
  return { kind: 'made', token: writeEnrolmentToken(secret, parts.caFingerprint), expiresAt };
}

/** What is kept of a token. Its secret is 128 bits of chance, so a plain hash gives nothing away. */
export function tokenHash(secret: Buffer): string {
  return createHash('sha256').update(secret).digest('hex');
}
