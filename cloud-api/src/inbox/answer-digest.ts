import { createHash } from 'node:crypto';
import { type Digest, type DownMessage, genesisHash, isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import { raiseAlarm } from '../fleet/raise-alarm.ts';
import { readCloudEpoch } from '../store/epoch.ts';
import type { IngestParts } from './ingest.ts';

/** A block of a digest as it was found here. */
export interface BlockFinding {
  from: number;
  to: number;
  /** Whether every entry of it is stored, its bytes hash as they should, and it ends in the hash the device has. */
  agrees: boolean;
}

/** Sums findings up, in their order: up to where all agree, and what is to be sent again. Pure. */
export function digestResultOf(findings: readonly BlockFinding[]): {
  agreedSeq: number;
  differing: { from: number; to: number }[];
} {
  const differing = findings.filter(({ agrees }) => !agrees).map(({ from, to }) => ({ from, to }));
  const firstBad = differing[0];
  const last = findings.at(-1);
  return { agreedSeq: firstBad === undefined ? (last?.to ?? 0) : firstBad.from - 1, differing };
}

/**
 * Compares a device's digest with what is stored, computed anew from the stored bytes. A stored text that no longer hashes as
 * it did is put on record and raises an alarm; its block is asked for again, and mended from what comes.
 */
export async function answerDigest(digest: Digest, parts: IngestParts): Promise<DownMessage> {
  const findings: BlockFinding[] = [];
  let from = digest.firstSeq;
  for (const block of digest.blocks) {
    const agrees = await checkBlock(digest, { from, to: block.seq, hash: block.hash }, parts);
    findings.push({ from, to: block.seq, agrees });
    from = block.seq + 1;
  }
  const { device, incarnation } = digest;
  const result = digestResultOf(findings);
  if (result.differing.length > 0) {
    parts.log.error({ device, incarnation, differing: result.differing }, 'digest.differs');
  }
  const cloudEpoch = await readCloudEpoch(parts.db);
  // Up to there its hashes are ours.
  const agreed = digest.blocks.find(({ seq }) => seq === result.agreedSeq);
  const proof = agreed === undefined ? {} : { agreedHash: agreed.hash };
  return { v: 1, type: 'digest_result', device, incarnation, cloudEpoch, ...result, ...proof };
}

interface StoredLink {
  seq: number;
  previousHash: string;
  hash: string;
  entryText: string;
}

/** One block, in one transaction of its own: a whole chain may be long. */
async function checkBlock(
  digest: Digest,
  block: { from: number; to: number; hash: string },
  parts: IngestParts,
): Promise<boolean> {
  const { device, incarnation } = digest;
  return parts.db.transaction().execute(async (trx) => {
    const stored = await sql<StoredLink>`
      select seq, previous_hash as "previousHash", hash, entry_text as "entryText" from proven_entries
       where device = ${device} and incarnation = ${incarnation} and seq between ${block.from} and ${block.to}
       order by seq`.execute(trx);
    const links = stored.rows;
    const damaged = findDamaged(links, block.from === 1 ? genesisHash(device, incarnation) : undefined);
    for (const { seq, foundHash } of damaged) {
      const noted = await trx
        .insertInto('entry_damages')
        .values({ device, incarnation, seq, found_hash: foundHash, found_at: isoInstant(parts.clock.now()) })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      const detail = 'the stored text no longer hashes as it did when it was stored; it is asked for again';
      parts.log.error(
        { device, incarnation, seq, isNew: noted.numInsertedOrUpdatedRows === 1n },
        'entry.damaged',
      );
      await raiseAlarm(trx, { code: 'stored_entry_damaged', device, incarnation, seq, detail }, parts);
    }
    const isWhole = links.length === block.to - block.from + 1;
    return isWhole && damaged.length === 0 && links.at(-1)?.hash === block.hash;
  });
}

/** Entries whose bytes do not hash to what is stored of them, or that do not stand on the one before. Pure. */
function findDamaged(
  links: readonly StoredLink[],
  before: string | undefined,
): { seq: number; foundHash: string }[] {
  let previousHash = before;
  return links.flatMap((link) => {
    const expected = previousHash ?? link.previousHash;
    const foundHash = createHash('sha256')
      .update(expected, 'hex')
      .update(link.entryText, 'utf8')
      .digest('hex');
    previousHash = link.hash;
    const isWhole = foundHash === link.hash && link.previousHash === expected;
    return isWhole ? [] : [{ seq: link.seq, foundHash }];
  });
}
