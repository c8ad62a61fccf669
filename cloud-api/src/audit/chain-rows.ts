import type { Db, Trx } from '../store/database.ts';
import { auditGenesisHash } from './genesis.ts';
import { sealSchema } from './seal.ts';
import type { AuditEvidence, ChainRow } from './verify-audit.ts';

const BATCH_ROWS = 500;
/** Changes without a place that are looked for. */
const MAX_UNCHAINED = 20;

/** Every entry from `fromSeq` to `toSeq`, a batch at a time. */
export async function* chainRows(db: Db | Trx, fromSeq: number, toSeq: number): AsyncGenerator<ChainRow> {
  for (let seq = fromSeq; seq <= toSeq; ) {
    const rows = await db
      .selectFrom('audit_chain as n')
      .leftJoin('audit_changes as c', 'c.change_id', 'n.change_id')
      .select(['n.seq', 'n.change_id', 'n.previous_hash', 'n.hash', 'c.entry_text'])
      .where('n.seq', '>=', seq)
      .where('n.seq', '<=', toSeq)
      .orderBy('n.seq')
      .limit(BATCH_ROWS)
      .execute();
    const last = rows.at(-1);
    if (last === undefined) return;
    const ids = rows.map(({ change_id }) => change_id);
    const clear = await db
      .selectFrom('audit_clear_values')
      .selectAll()
      .where('change_id', 'in', ids)
      .orderBy('change_id')
      .orderBy('place')
      .execute();
    const clearOf = Map.groupBy(clear, ({ change_id }) => change_id);
    for (const row of rows) {
      yield {
        seq: row.seq,
        previousHash: row.previous_hash,
        hash: row.hash,
        text: row.entry_text,
        clear: (clearOf.get(row.change_id) ?? []).map(({ place, salt, value }) => ({ place, salt, value })),
      };
    }
    seq = last.seq + 1;
  }
}

/** What a database holds of the audit. */
export async function auditEvidence(
  db: Db | Trx,
): Promise<Pick<AuditEvidence, 'rows' | 'seals' | 'head' | 'unchained' | 'genesisHash'>> {
  // Seals first: one that is made meanwhile is of an entry that is not read yet. Head and end are of one instant.
  const seals = await db.selectFrom('audit_seals').selectAll().orderBy('seq').execute();
  const found = await db
    .selectNoFrom(({ selectFrom }) => [
      selectFrom('audit_head').select('seq').as('headSeq'),
      selectFrom('audit_head').select('hash').as('headHash'),
      selectFrom('audit_chain')
        .select(({ fn }) => fn.max('seq').as('end'))
        .as('end'),
    ])
    .executeTakeFirstOrThrow();
  const unchained = await db
    .selectFrom('audit_changes as c')
    .leftJoin('audit_chain as n', 'n.change_id', 'c.change_id')
    .select('c.change_id')
    .where('n.seq', 'is', null)
    .limit(MAX_UNCHAINED)
    .execute();
  return {
    rows: chainRows(db, 1, found.end ?? 0),
    seals: seals.map(({ statement, signature, public_key }) =>
      sealSchema.parse({ statement, signature, publicKey: public_key }),
    ),
    head: { seq: found.headSeq ?? 0, hash: found.headHash ?? '' },
    unchained: unchained.map(({ change_id }) => change_id),
    genesisHash: auditGenesisHash,
  };
}
