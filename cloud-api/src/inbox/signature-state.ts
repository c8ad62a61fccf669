import { journalClaimOf, signatureCheckOf } from '@weighgate/protocol';
import type { SigningKey } from '../fleet/signing-keys.ts';

/**
 * What a signature says of an entry. `unverified`: no key on file speaks for that place, so nothing can be said; `bad`: a
 * key does, and the signature is not by it. `retired`: nothing but revoked keys ever spoke for it.
 */
export type SignatureState = 'verified' | 'unverified' | 'retired' | 'bad';

/** Judges the signatures of one chain's entries by the keys of its device, each of which is read once. */
export function signatureJudge(
  incarnation: string,
  keys: readonly SigningKey[],
): (entry: { seq: number; hash: string; signature: string | null }) => SignatureState {
  const known = keys.map((key) => ({ ...key, isBy: signatureCheckOf(key.publicKey) }));
  return (entry) => {
    const speaking = known.filter((key) => speaksFor(key, incarnation, entry.seq));
    const inForce = speaking.filter((key) => !key.retired);
    if (inForce.length === 0) return speaking.length === 0 ? 'unverified' : 'retired';
    const { signature } = entry;
    if (signature === null) return 'bad';
    const claim = journalClaimOf(incarnation, entry);
    return inForce.some((key) => key.isBy(claim, signature)) ? 'verified' : 'bad';
  };
}

function speaksFor(key: SigningKey, incarnation: string, seq: number): boolean {
  const { validFromSeq, validToSeq } = key;
  return (
    (key.incarnation === null || key.incarnation === incarnation) &&
    seq >= validFromSeq &&
    (validToSeq === null || seq <= validToSeq)
  );
}
