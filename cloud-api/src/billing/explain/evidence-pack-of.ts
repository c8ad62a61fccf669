import type { Db } from '../../store/database.ts';
import { type FrozenSession, frozenSessionSchema } from '../frozen-bill.ts';
import type { StoredBill } from '../read-frozen-bill.ts';
import type { EvidencePack, PackedSession } from './evidence-pack.ts';
import { findDeliveries, findDelivery, findEntries, findKeys, findLineRates } from './find-evidence.ts';

/** Most deliveries in one file: about 40 MB. A larger bill is packed line by line. */
export const MAX_PACKED_DELIVERIES = 5_000;

/** A pack, or why there is none. */
export type Packing = { kind: 'packed'; pack: EvidencePack } | { kind: 'too_many' } | { kind: 'no_line' };

/**
 * Everything that an issued bill, or one line of it, can be checked by elsewhere.
 * @param lineNo null for the whole bill
 */
export async function evidencePackOf(
  db: Db,
  { bill, text, hash }: StoredBill,
  lineNo: number | null,
): Promise<Packing> {
  const line = bill.lines.find(({ no }) => no === lineNo);
  if (lineNo !== null && line === undefined) return { kind: 'no_line' };
  let sessions: PackedSession[];
  if (line?.kind === 'quality') {
    const one = await findDelivery(db, bill.id, line.sessionId);
    sessions = one === undefined ? [] : [one];
  } else {
    const limit = MAX_PACKED_DELIVERIES + 1;
    sessions = await findDeliveries(db, bill.id, { lineNo, after: 0, limit });
  }
  if (sessions.length > MAX_PACKED_DELIVERIES) return { kind: 'too_many' };
  const frozen: FrozenSession[] = sessions.map((one) => frozenSessionSchema.parse(JSON.parse(one.text)));
  const entries = await findEntries(db, frozen);
  return {
    kind: 'packed',
    pack: {
      v: 1,
      lineNo,
      bill: { text, hash },
      sessions,
      rates: await findLineRates(db, bill),
      entries,
      keys: await findKeys(
        db,
        entries.map(({ device }) => device),
      ),
    },
  };
}
