import { createHash } from 'node:crypto';
import type { MasterDataRow } from './master-data.ts';

const MODULUS = 2n ** 256n;

/** The digest of no rows. */
export const emptyMasterDataDigest = '0'.repeat(64);

/**
 * The digest of the live rows: the sum, modulo 2^256, of the SHA-256 of each. It depends neither on their order nor on
 * the way they came, and one change needs only the row before and the row after. It finds what was lost, doubled or
 * garbled; it is no defence against somebody who chooses rows, whom the broker's access rules keep out.
 */
export function masterDataDigestOf(rows: Iterable<MasterDataRow>): string {
  let sum = 0n;
  for (const row of rows) sum += rowSumOf(row);
  return hexOf(sum);
}

/** The digest after `added` took the place of `removed`; tombstones and null count for nothing. */
export function changedDigest(
  digest: string,
  removed: MasterDataRow | null,
  added: MasterDataRow | null,
): string {
  const sum = BigInt(`0x${digest}`) + (added === null ? 0n : rowSumOf(added));
  return hexOf(sum - (removed === null ? 0n : rowSumOf(removed)));
}

/** The digest of rows that are kept in parts, from the digests of the parts. */
export function joinedDigest(digests: readonly string[]): string {
  return hexOf(digests.reduce((sum, digest) => sum + BigInt(`0x${digest}`), 0n));
}

function rowSumOf({ entity, id, revision, body }: MasterDataRow): bigint {
  if (body === null) return 0n;
  const hash = createHash('sha256').update(`${entity}\n${id}\n${revision}\n${body}`).digest('hex');
  return BigInt(`0x${hash}`);
}

function hexOf(sum: bigint): string {
  return (((sum % MODULUS) + MODULUS) % MODULUS).toString(16).padStart(64, '0');
}
