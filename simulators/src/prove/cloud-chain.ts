import type { OpenDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { type ChainWalk, genesisHash, walkChain } from '@weighgate/protocol';

interface StoredLink {
  seq: number;
  hash: string;
  entryText: string;
}

const PAGE_ROWS = 2_000;

/** Walks a chain as the cloud's database holds it, page by page. */
export async function walkCloudChain(
  { pool }: Pick<OpenDatabase, 'pool'>,
  { device, incarnation }: { device: string; incarnation: string },
): Promise<ChainWalk> {
  let from = { seq: 0, hash: genesisHash(device, incarnation) };
  for (;;) {
    const { rows } = await pool.query<StoredLink>(
      `select seq, hash, entry_text as "entryText"
         from journal_entries
        where device = $1 and incarnation = $2 and seq > $3
        order by seq
        limit $4`,
      [device, incarnation, from.seq, PAGE_ROWS],
    );
    const walk = walkChain(rows, from);
    if (walk.kind === 'broken') return walk;
    from = { seq: from.seq + walk.entries, hash: walk.headHash };
    if (rows.length < PAGE_ROWS) return { kind: 'intact', entries: from.seq, headHash: from.hash };
  }
}
