import {
  type Certificate,
  type CertificateStatement,
  type Clock,
  certificateClaimOf,
  isoInstant,
  MAX_CERTIFICATE_ENTRIES,
  uuidSchema,
} from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db } from '../../store/database.ts';
import type { CloudKey } from '../cloud-key.ts';
import { findSigningKeys } from '../signing-keys.ts';
import { type StoredStretch, tallyChain } from './tally-chain.ts';

/** Entries by when the device made them, by its clock as it stood; or by their numbers in one incarnation. */
export type CertifiedPart =
  | { kind: 'period'; from: string; to: string }
  | { kind: 'seqs'; incarnation: string; firstSeq: number; lastSeq: number };

export type Certified =
  | { kind: 'certified'; certificates: Certificate[] }
  | { kind: 'too_much'; entries: number };

/** Chains of one device that one period can touch. */
const MAX_CHAINS = 100;

/** Certifies what is stored here of a device: one certificate for each of its chains that has entries of the part. */
export async function certifyChain(
  device: string,
  part: CertifiedPart,
  { db, clock, cloudKey }: { db: Db; clock: Clock; cloudKey: CloudKey },
): Promise<Certified> {
  const stretches = await stretchesOf(db, device, part);
  const tooLong = stretches.find(({ firstSeq, lastSeq }) => lastSeq - firstSeq >= MAX_CERTIFICATE_ENTRIES);
  if (tooLong !== undefined) return { kind: 'too_much', entries: tooLong.lastSeq - tooLong.firstSeq + 1 };
  const certificates: Certificate[] = [];
  for (const stretch of stretches) {
    const certificate = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (trx): Promise<Certificate | undefined> => {
        const tallied = await tallyChain(trx, stretch);
        if (tallied === undefined) return undefined;
        const madeAt = isoInstant(clock.now());
        const said: CertificateStatement = { v: 1, by: 'cloud', madeAt, facts: tallied.facts };
        const statement = JSON.stringify(said);
        const parked = await trx
          .selectFrom('open_parked_entries')
          .select(['seq', 'reason'])
          .where('device', '=', stretch.device)
          .where('incarnation', '=', stretch.incarnation)
          .where('seq', '>=', stretch.firstSeq)
          .where('seq', '<=', stretch.lastSeq)
          .orderBy('seq')
          .execute();
        const keys = await findSigningKeys(trx, device);
        return {
          statement,
          signature: cloudKey.sign(certificateClaimOf(statement)),
          publicKey: cloudKey.publicKey,
          rows: tallied.rows,
          notApplied: parked,
          deviceKeys: keys.map(({ publicKey }) => publicKey),
        };
      });
    if (certificate !== undefined) certificates.push(certificate);
  }
  return { kind: 'certified', certificates };
}

async function stretchesOf(db: Db, device: string, part: CertifiedPart): Promise<StoredStretch[]> {
  if (part.kind === 'seqs') {
    const { firstSeq, lastSeq } = part;
    return [{ device, incarnation: uuidSchema.parse(part.incarnation), firstSeq, lastSeq }];
  }
  const spans = await db
    .selectFrom('journal_entries')
    .select(['incarnation', sql<number>`min(seq)`.as('firstSeq'), sql<number>`max(seq)`.as('lastSeq')])
    .where('device', '=', device)
    .where('made_at', '>=', new Date(part.from))
    .where('made_at', '<', new Date(part.to))
    .groupBy('incarnation')
    .orderBy(sql`min(received_at)`)
    .limit(MAX_CHAINS)
    .execute();
  return spans.map(({ incarnation, firstSeq, lastSeq }) => {
    return { device, incarnation: uuidSchema.parse(incarnation), firstSeq, lastSeq };
  });
}
