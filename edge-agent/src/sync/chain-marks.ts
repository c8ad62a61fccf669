import { DIGEST_BLOCK_ROWS, MAX_DIGEST_BLOCKS, MAX_MARKS } from '@weighgate/protocol';

/**
 * Entries of a chain from the last to the first in steps that double, so that two sides find about where they part
 * without sending them all: 10, 9, 7, 3, 1.
 */
export function markSeqs(lastSeq: number): number[] {
  const seqs: number[] = [];
  for (let seq = lastSeq, step = 1; seq > 1 && seqs.length < MAX_MARKS - 1; seq -= step, step *= 2)
    seqs.push(seq);
  return lastSeq > 0 ? [...seqs, 1] : [];
}

/** Where the blocks of a digest up to `upToSeq` end, the oldest first; the latest ones when they are too many. */
export function blockEnds(upToSeq: number): { firstSeq: number; ends: number[] } {
  const blocks = Math.ceil(upToSeq / DIGEST_BLOCK_ROWS);
  const skipped = Math.max(0, blocks - MAX_DIGEST_BLOCKS);
  const ends = Array.from({ length: blocks - skipped }, (_, index) =>
    Math.min(upToSeq, (skipped + index + 1) * DIGEST_BLOCK_ROWS),
  );
  return { firstSeq: skipped * DIGEST_BLOCK_ROWS + 1, ends };
}
