import { isoInstant } from '@weighgate/protocol';
import { Secret, TOTP } from 'otpauth';
import type { Trx } from '../store/database.ts';
import type { IdentityParts } from './identity-parts.ts';
import { noteEvent, userActor } from './note-event.ts';
import { secretHashOf } from './secret-hash.ts';

const PERIOD_S = 30;
/** A code of the step before or after is taken, for clocks that differ. */
const WINDOW_STEPS = 1;
const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;

const totpOf = (secretBase32: string, label: string) =>
  new TOTP({
    issuer: 'Weighgate',
    label,
    algorithm: 'SHA1',
    digits: 6,
    period: PERIOD_S,
    secret: Secret.fromBase32(secretBase32),
  });

/** A new secret, and the address an authenticator app reads from a QR code (RFC 6238). */
export function makeSecondFactor(userName: string, randomBytes: (size: number) => Buffer) {
  const secret = new Secret({ buffer: new Uint8Array(randomBytes(SECRET_BYTES)).buffer }).base32;
  return { secret, uri: totpOf(secret, userName).toString() };
}

/**
 * The time step that a code is of; undefined when it is none of now.
 * @param afterStep the last one that was taken: a code seen over a shoulder is good for nothing
 */
export function stepOfCode(
  code: string,
  secret: string,
  nowMs: number,
  afterStep: number | null,
): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const delta = totpOf(secret, 'any').validate({ token: code, timestamp: nowMs, window: WINDOW_STEPS });
  if (delta === null) return undefined;
  const step = Math.floor(nowMs / 1000 / PERIOD_S) + delta;
  return afterStep === null || step > afterStep ? step : undefined;
}

/** What is kept of a user's second factor. */
export interface SecondFactorRow {
  user_id: string;
  name: string;
  totp_secret: string | null;
  totp_step: number | null;
}

/** Takes a code of the app, or one of the recovery codes, each once. The caller holds the user's row. */
export async function takeCode(
  trx: Trx,
  user: SecondFactorRow,
  code: string,
  parts: IdentityParts,
): Promise<boolean> {
  const secret = user.totp_secret === null ? undefined : parts.seal.open(user.totp_secret, user.user_id);
  const step = secret === undefined ? undefined : stepOfCode(code, secret, parts.clock.now(), user.totp_step);
  if (step !== undefined) {
    await trx.updateTable('users').set({ totp_step: step }).where('user_id', '=', user.user_id).execute();
    return true;
  }
  const used = await trx
    .updateTable('recovery_codes')
    .set({ used_at: isoInstant(parts.clock.now()) })
    .where('code_hash', '=', secretHashOf(`${user.user_id} ${code.toLowerCase()}`))
    .where('user_id', '=', user.user_id)
    .where('used_at', 'is', null)
    .returning('code_hash')
    .executeTakeFirst();
  if (used === undefined) return false;
  await noteEvent(
    trx,
    { kind: 'recovery_code_used', userId: user.user_id, actor: userActor(user.user_id, user.name) },
    parts,
  );
  return true;
}

/** Ten codes of 80 bits in the place of those there were; shown this once. */
export async function makeRecoveryCodes(
  trx: Trx,
  userId: string,
  randomBytes: (size: number) => Buffer,
): Promise<string[]> {
  await trx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    (randomBytes(10).toString('hex').match(/.{5}/g) ?? []).join('-'),
  );
  await trx
    .insertInto('recovery_codes')
    .values(codes.map((code) => ({ code_hash: secretHashOf(`${userId} ${code}`), user_id: userId })))
    .execute();
  return codes;
}
