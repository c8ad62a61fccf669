import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@weighgate/protocol';

/** Signed in and idle for so long is signed out. */
const IDLE_TIMEOUT_MS = 15 * 60_000;
/** However busy: nobody works longer. */
const MAX_AGE_MS = 14 * 3600_000;
/** More than a weighbridge has screens; beyond, the one idle longest is signed out. */
const MAX_SIGNED_IN = 32;

/** Who is signed in. Nothing of it outlives the process. */
export interface SignInTokens {
  /** @returns a token of 256 random bits, shown to its operator alone */
  issue(operatorId: string): { token: string; idleTimeoutMs: number };
  /** The operator a token was given to, while it is valid; using it keeps it so. */
  operatorIdOf(token: string): string | undefined;
  revoke(token: string): void;
  /** Signs an operator out everywhere. */
  revokeAllOf(operatorId: string): void;
  /** Signs everybody out. */
  revokeAll(): void;
}

interface SignedIn {
  operatorId: string;
  sinceMs: number;
  usedMs: number;
}

export function signInTokens(clock: Clock): SignInTokens {
  /** By digest, the one used longest ago first: what is compared says nothing about a token. */
  const signedIn = new Map<string, SignedIn>();
  return {
    issue: (operatorId) => {
      const longestIdle = signedIn.keys().next();
      if (signedIn.size >= MAX_SIGNED_IN && !longestIdle.done) signedIn.delete(longestIdle.value);
      const token = randomBytes(32).toString('base64url');
      const nowMs = clock.monotonicMs();
      signedIn.set(digestOf(token), { operatorId, sinceMs: nowMs, usedMs: nowMs });
      return { token, idleTimeoutMs: IDLE_TIMEOUT_MS };
    },
    operatorIdOf: (token) => {
      const digest = digestOf(token);
      const known = signedIn.get(digest);
      if (known === undefined) return undefined;
      signedIn.delete(digest);
      const nowMs = clock.monotonicMs();
      if (nowMs - known.usedMs > IDLE_TIMEOUT_MS || nowMs - known.sinceMs > MAX_AGE_MS) return undefined;
      signedIn.set(digest, { ...known, usedMs: nowMs });
      return known.operatorId;
    },
    revoke: (token) => void signedIn.delete(digestOf(token)),
    revokeAllOf: (operatorId) => {
      for (const [digest, known] of signedIn) if (known.operatorId === operatorId) signedIn.delete(digest);
    },
    revokeAll: () => signedIn.clear(),
  };
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
