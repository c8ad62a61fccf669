import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

/** The hash that stands before entry 1: it binds a chain to its device and to one life of its database. */
export function genesisHash(device: string, incarnation: string): string {
  return createHash('sha256').update(`weighgate/v1\n${device}\n${incarnation}\n`).digest('hex');
}

/**
 * `hash(n) = SHA-256(hash(n-1) || bytes(n))`, over the bytes as stored: nothing is ever serialised again to be hashed.
 * @param previousHash 64 hexadecimal digits in lower case
 * @param entryText the entry's stored text, hashed as UTF-8
 * @returns 64 hexadecimal digits in lower case
 */
export function chainHash(previousHash: string, entryText: string): string {
  // Node would stop at the first character that is no digit and hash what came before it.
  assert(isChainHash(previousHash), `not a SHA-256 hash: ${JSON.stringify(previousHash)}`);
  return createHash('sha256').update(previousHash, 'hex').update(entryText, 'utf8').digest('hex');
}

/** Whether a stored hash follows from the one before it and the text. Never throws: what is no hash does not follow. */
export function hashFollows(previousHash: string, entryText: string, hash: string): boolean {
  return isChainHash(previousHash) && chainHash(previousHash, entryText) === hash;
}

/** Whether the text is a hash as chains have them: 64 hexadecimal digits in lower case. */
export function isChainHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** One link as stored or received. */
export interface ChainLink {
  seq: number;
  hash: string;
  entryText: string;
}

/** What a walk along the chain found. `brokenAtSeq` is the first entry that does not follow from the one before. */
export type ChainWalk =
  | { kind: 'intact'; entries: number; headHash: string }
  | { kind: 'broken'; brokenAtSeq: number; reason: 'missing_entry' | 'wrong_hash' };

/**
 * Walks links in the order given, which must start right after `from`.
 * @param from the hash and seq already proven: seq 0 and {@link genesisHash} at the start of a chain
 */
export function walkChain(links: Iterable<ChainLink>, from: { seq: number; hash: string }): ChainWalk {
  let { seq, hash } = from;
  let entries = 0;
  for (const link of links) {
    if (link.seq !== seq + 1) return { kind: 'broken', brokenAtSeq: seq + 1, reason: 'missing_entry' };
    const expected = chainHash(hash, link.entryText);
    if (expected !== link.hash) return { kind: 'broken', brokenAtSeq: link.seq, reason: 'wrong_hash' };
    seq = link.seq;
    hash = expected;
    entries += 1;
  }
  return { kind: 'intact', entries, headHash: hash };
}
