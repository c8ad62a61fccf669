import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';

/** A key a device signs its journal with, and where in its chains it may stand. */
export interface SigningKey {
  /** Ed25519, 32 bytes in base64url. */
  publicKey: string;
  /** The one chain it signs; null: every chain of the device. */
  incarnation: string | null;
  validFromSeq: number;
  /** Last entry it may sign; null while it is in use. */
  validToSeq: number | null;
  retired: boolean;
}

/** Every key a device ever had, at most 100: none means that nothing of it can be verified. */
export async function findSigningKeys(trx: Trx, device: string): Promise<SigningKey[]> {
  const rows = await trx
    .selectFrom('device_signing_keys')
    .select(['public_key', 'incarnation', 'valid_from_seq', 'valid_to_seq', 'retired_at'])
    .where('device', '=', device)
    .orderBy('registered_at', 'desc')
    .limit(100)
    .execute();
  return rows.map((row) => ({
    publicKey: row.public_key,
    incarnation: row.incarnation,
    validFromSeq: row.valid_from_seq,
    validToSeq: row.valid_to_seq,
    retired: row.retired_at !== null,
  }));
}

/** Puts a key on file. From then on what the device sends in its range has to carry a signature of it. */
export async function registerSigningKey(
  trx: Trx,
  key: { device: string; publicKey: string; incarnation?: string; validFromSeq?: number },
  clock: Clock,
): Promise<void> {
  await trx
    .insertInto('device_signing_keys')
    .values({
      device: key.device,
      public_key: key.publicKey,
      incarnation: key.incarnation ?? null,
      valid_from_seq: key.validFromSeq ?? 1,
      registered_at: isoInstant(clock.now()),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
