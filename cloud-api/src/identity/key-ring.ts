import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Clock, isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Db } from '../store/database.ts';
import type { Seal } from './sealed.ts';

const DAY_MS = 86_400_000;
/** A key signs this long, */
const SIGNS_MS = 30 * DAY_MS;
/** is made this long before it signs, so that every replica and every site has it by then, */
const AHEAD_MS = DAY_MS;
/** and its signatures hold this long after. */
const OVERLAP_MS = DAY_MS;
/** Other replicas' new keys are seen this soon. */
const REREAD_MS = 30_000;

const publicJwkSchema = z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() });

/** A public key as the key set shows it. */
export interface ShownKey {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
  kid: string;
  alg: 'EdDSA';
  use: 'sig';
}

/** The keys of access tokens at one moment. */
export interface Keys {
  signing: { kid: string; key: KeyObject };
  /** By key id; what is not in it is no key of ours. */
  verifying: ReadonlyMap<string, KeyObject>;
  shown: ShownKey[];
}

/**
 * The keys that sign access tokens: Ed25519, each used for 30 days, the next one known a day ahead and the last one for a
 * day after. Read anew at most every 30 seconds, however many tokens with unknown key ids arrive.
 * @returns asks for the keys of now, and makes the next one when its time has come
 */
export function keyRing(
  db: Db,
  parts: { clock: Clock; log: Logger; seal: Seal; randomBytes: (size: number) => Buffer },
) {
  const { clock } = parts;
  let kept: { readAtMs: number; keys: Promise<Keys> } | undefined;
  return (): Promise<Keys> => {
    const nowMs = clock.monotonicMs();
    if (kept !== undefined && nowMs - kept.readAtMs < REREAD_MS) return kept.keys;
    const keys = readKeys(db, parts);
    kept = { readAtMs: nowMs, keys };
    // A reading that failed is not kept: the next caller tries again.
    keys.catch(() => {
      if (kept?.keys === keys) kept = undefined;
    });
    return keys;
  };
}

async function readKeys(db: Db, parts: Parameters<typeof keyRing>[1]): Promise<Keys> {
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('token signing keys', 0))`.execute(trx);
    const nowMs = parts.clock.now();
    const rows = await trx
      .selectFrom('token_signing_keys')
      .selectAll()
      .where('verifies_until', '>', sql<Date>`${isoInstant(nowMs)}::timestamptz`)
      .orderBy('signs_from')
      .execute();
    const known = rows.flatMap((row) => {
      const privatePem = parts.seal.open(row.private_sealed, row.kid);
      if (privatePem === undefined) {
        parts.log.warn({ kid: row.kid }, 'identity.signing_key_not_ours');
        return [];
      }
      return [{ ...row, privatePem, jwk: publicJwkSchema.parse(row.public_jwk) }];
    });
    const lastUntilMs = Math.max(0, ...known.map((row) => row.signs_until.getTime()));
    if (lastUntilMs - AHEAD_MS <= nowMs) {
      const row = newKey(Math.max(lastUntilMs, nowMs), parts);
      await trx.insertInto('token_signing_keys').values(row.stored).execute();
      parts.log.info({ kid: row.known.kid, signsFrom: row.stored.signs_from }, 'identity.signing_key_made');
      known.push(row.known);
    }
    const signing = known.find(
      (row) => row.signs_from.getTime() <= nowMs && nowMs < row.signs_until.getTime(),
    );
    if (signing === undefined) throw new Error('no key signs now: the clock went back before the first key');
    return {
      signing: { kid: signing.kid, key: createPrivateKey(signing.privatePem) },
      verifying: new Map(known.map(({ kid, jwk }) => [kid, createPublicKey({ key: jwk, format: 'jwk' })])),
      shown: known.map(({ kid, jwk }) => ({ ...jwk, kid, alg: 'EdDSA', use: 'sig' })),
    };
  });
}

function newKey(signsFromMs: number, { seal, randomBytes }: Parameters<typeof keyRing>[1]) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const kid = randomBytes(16).toString('hex');
  const jwk = publicJwkSchema.parse(publicKey.export({ format: 'jwk' }));
  const privatePem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const times = {
    signs_from: new Date(signsFromMs),
    signs_until: new Date(signsFromMs + SIGNS_MS),
    verifies_until: new Date(signsFromMs + SIGNS_MS + OVERLAP_MS),
  };
  const sealed = seal.close(privatePem, kid);
  return {
    known: { kid, public_jwk: jwk, private_sealed: sealed, ...times, privatePem, jwk },
    stored: {
      kid,
      public_jwk: JSON.stringify(jwk),
      private_sealed: sealed,
      signs_from: times.signs_from.toISOString(),
      signs_until: times.signs_until.toISOString(),
      verifies_until: times.verifies_until.toISOString(),
    },
  };
}
