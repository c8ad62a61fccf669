import type { KeyObject } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { JOSEError } from 'jose/errors';
import { z } from 'zod';

/** Who makes the tokens, and whom they are for. A token of any other service is none. */
const tokenIssuer = 'weighgate';
const tokenAudience = 'weighgate-cloud-api';
/** How long an access token is good for. */
export const ACCESS_TOKEN_S = 30 * 60;
/** How far clocks may differ. */
const CLOCK_SKEW_S = 60;
const MAX_TOKEN_CHARS = 4_096;
const TOKEN_TYPE = 'at+jwt';

const threeParts = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Nothing more may stand in the header: no key, no address of one, no critical extension. */
const headerSchema = z.strictObject({
  alg: z.literal('EdDSA'),
  typ: z.literal(TOKEN_TYPE),
  kid: z.string().regex(/^[0-9a-f]{32}$/),
});

const claimsSchema = z.strictObject({
  iss: z.literal(tokenIssuer),
  aud: z.literal(tokenAudience),
  /** The user. */
  sub: z.uuid(),
  /** The sign-in session. */
  sid: z.uuid(),
  jti: z.uuid(),
  type: z.literal('access'),
  iat: z.int(),
  exp: z.int(),
});
export type AccessClaims = z.infer<typeof claimsSchema>;

export type TokenReading = { kind: 'valid'; claims: AccessClaims } | { kind: 'refused'; why: string };

/** Makes an access token. Role and permissions are not in it: they are looked up, so that a change holds at once. */
export function signAccessToken(
  who: { userId: string; sessionId: string; tokenId: string },
  signing: { kid: string; key: KeyObject },
  nowMs: number,
): Promise<string> {
  const issuedS = Math.floor(nowMs / 1000);
  return new SignJWT({ sid: who.sessionId, type: 'access' })
    .setProtectedHeader({ alg: 'EdDSA', typ: TOKEN_TYPE, kid: signing.kid })
    .setIssuer(tokenIssuer)
    .setAudience(tokenAudience)
    .setSubject(who.userId)
    .setJti(who.tokenId)
    .setIssuedAt(issuedS)
    .setExpirationTime(issuedS + ACCESS_TOKEN_S)
    .sign(signing.key);
}

/**
 * The one place where an access token is read. The length is bound before anything is parsed; the algorithm, the type and
 * the key id are looked at before the signature; every claim is required and none is allowed beside them.
 * @param keys by key id; no other key is ever fetched
 */
export async function verifyAccessToken(
  token: string,
  keys: ReadonlyMap<string, KeyObject>,
  nowMs: number,
): Promise<TokenReading> {
  if (token.length > MAX_TOKEN_CHARS) return { kind: 'refused', why: 'too long' };
  if (!threeParts.test(token)) return { kind: 'refused', why: 'not three parts' };
  try {
    const header = headerSchema.safeParse(decodeProtectedHeader(token));
    if (!header.success) return { kind: 'refused', why: 'header' };
    const key = keys.get(header.data.kid);
    if (key === undefined) return { kind: 'refused', why: 'unknown key' };
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      typ: TOKEN_TYPE,
      issuer: tokenIssuer,
      audience: tokenAudience,
      clockTolerance: CLOCK_SKEW_S,
      // Refuses an iat in the future, too.
      maxTokenAge: ACCESS_TOKEN_S,
      requiredClaims: ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp', 'type'],
      currentDate: new Date(nowMs),
    });
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success) return { kind: 'refused', why: 'claims' };
    if (claims.data.exp - claims.data.iat > ACCESS_TOKEN_S) return { kind: 'refused', why: 'lives too long' };
    return { kind: 'valid', claims: claims.data };
  } catch (error) {
    if (error instanceof JOSEError) return { kind: 'refused', why: error.code };
    // What jose throws for a header that is no JSON.
    if (error instanceof TypeError) return { kind: 'refused', why: 'not readable' };
    throw error;
  }
}
