import type { Clock, MakeId } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Authentication } from '../http/caller.ts';
import type { Db } from '../store/database.ts';
import { makeAuthenticator } from './authenticate.ts';
import type { IdentityParts } from './identity-parts.ts';
import { keyRing } from './key-ring.ts';
import { makePasswords } from './password.ts';
import { makeSeal } from './sealed.ts';

/** Who is who, and who may do what. */
export interface Identity {
  authenticate: (bearer: string) => Promise<Authentication>;
  parts: IdentityParts;
}

/**
 * Joins the room.
 * @param secret seals private keys and second factors in the database; the same for all replicas
 */
export async function openIdentity(
  parts: { db: Db; clock: Clock; makeId: MakeId; log: Logger; randomBytes: (size: number) => Buffer },
  secret: string,
): Promise<Identity> {
  const { db, randomBytes } = parts;
  const seal = makeSeal(secret, randomBytes);
  const keys = keyRing(db, { ...parts, seal });
  const authenticator = makeAuthenticator({ ...parts, keys });
  const passwords = await makePasswords(randomBytes);
  return {
    authenticate: authenticator.authenticate,
    parts: { ...parts, seal, keys, passwords, forgetCallers: authenticator.forget },
  };
}
