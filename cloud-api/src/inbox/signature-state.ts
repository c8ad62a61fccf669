import type { JournalRow } from '@weighgate/protocol';
import type { SigningKey } from '../fleet/signing-keys.ts';
import { makeRowLooks, type RowLooks } from './row-looks.ts';

/**
 * What a signature says of an entry. `unverified`: no key on file speaks for that place, so nothing can be said; `bad`: a
 * key does, and the signature is not by it. `retired`: nothing but revoked keys ever spoke for it.
 */
export type SignatureState = 'verified' | 'unverified' | 'retired' | 'bad';

/** Judges the signatures of one chain's entries by the keys of its device. */
export function signatureJudge(
  incarnation: string,
  keys: readonly SigningKey[],
  looks: Pick<RowLooks, 'isSigned'> = makeRowLooks(),
): (entry: JournalRow) => SignatureState {
  return (entry) => {
    const speaking = keys.filter((key) => speaksFor(key, incarnation, entry.seq));
    const inForce = speaking.filter((key) => !key.retired);
    if (inForce.length === 0) return speaking.length === 0 ? 'unverified' : 'retired';
    return inForce.some((key) => looks.isSigned(entry, incarnation, key.publicKey)) ? 'verified' : 'bad';
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
