import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import { findSigningKeys } from '../../fleet/signing-keys.ts';
import type { Db, Trx } from '../../store/database.ts';
import type { FrozenBill, FrozenSession } from '../frozen-bill.ts';
import { rateTextOf } from '../money.ts';
import type { LineSum } from './check-bill.ts';
import type { PackedEntry, PackedKey, PackedRate, PackedSession } from './evidence-pack.ts';

/** Deliveries of a bill after a position, in the order of their positions; of one line or of all. */
export async function findDeliveries(
  db: Db | Trx,
  billId: string,
  { lineNo, after, limit }: { lineNo: number | null; after: number; limit: number },
): Promise<PackedSession[]> {
  return await db
    .selectFrom('bill_sessions')
    .select(['position', 'line_no as lineNo', 'frozen_text as text'])
    .where('bill_id', '=', billId)
    .where('position', '>', after)
    .$if(lineNo !== null, (query) => query.where('line_no', '=', lineNo ?? 0))
    .orderBy('position')
    .limit(limit)
    .execute();
}

/** One delivery of a bill by its session; undefined when it is not on the bill. */
export async function findDelivery(
  db: Db | Trx,
  billId: string,
  sessionId: string,
): Promise<PackedSession | undefined> {
  return await db
    .selectFrom('bill_sessions')
    .select(['position', 'line_no as lineNo', 'frozen_text as text'])
    .where('bill_id', '=', billId)
    .where('session_id', '=', sessionId)
    .executeTakeFirst();
}

/** What all deliveries of a line come to, summed by the database from their frozen copies. */
export async function findLineSum(db: Db | Trx, billId: string, lineNo: number): Promise<LineSum> {
  const found = await sql<{ count: number; netG: string; sessionsHash: string }>`
    select count(*) as count, coalesce(sum((frozen_text::json ->> 'netG')::numeric), 0)::text as "netG",
           encode(sha256(coalesce(string_agg(sha256(convert_to(frozen_text, 'UTF8')), ''::bytea order by position), ''::bytea)),
                  'hex') as "sessionsHash"
      from bill_sessions
     where bill_id = ${billId} and line_no = ${lineNo}`.execute(db);
  const [sum] = found.rows;
  return {
    count: Number(sum?.count ?? 0),
    netG: BigInt(sum?.netG ?? '0'),
    sessionsHash: sum?.sessionsHash ?? '',
  };
}

/** The entries that deliveries were made from, as they are stored: those of their weights and those of their nets. */
export async function findEntries(db: Db | Trx, sessions: readonly FrozenSession[]): Promise<PackedEntry[]> {
  const places = sessions.flatMap(({ first, second }) =>
    [first, ...(second === null ? [] : [second])].map(({ entry: { device, incarnation, seq } }) => ({
      device,
      incarnation,
      seq,
    })),
  );
  const found = await sql<PackedEntry>`
    select e.device, e.incarnation, e.seq, e.previous_hash as "previousHash", e.hash, e.entry_text as "entryText",
           e.signature
      from proven_entries e
     where (e.device, e.incarnation, e.seq) in (
             select device, incarnation, seq
               from json_to_recordset(${JSON.stringify(places)}::json) as p (device text, incarnation uuid, seq bigint)
             union
             select x.device, x.incarnation, x.seq
               from journal_entries x
              where coalesce(x.carried_uuid, x.uuid) = any(${sessions.map((one) => one.netEntryUuid)}::uuid[])
                and not x.repeats_uuid)
     order by e.device, e.incarnation, e.seq`.execute(db);
  return found.rows;
}

/** The keys that devices sign with. */
export async function findKeys(db: Db, devices: readonly string[]): Promise<PackedKey[]> {
  const keys: PackedKey[] = [];
  for (const device of [...new Set(devices)].sort()) {
    const ofDevice = await db.transaction().execute((trx) => findSigningKeys(trx, device));
    keys.push(...ofDevice.map((key) => ({ device, ...key })));
  }
  return keys;
}

/** The rates of a bill's lines as the registry has them now. */
export async function findLineRates(db: Db | Trx, { lines }: FrozenBill): Promise<PackedRate[]> {
  const ids = [...new Set(lines.map(({ rate }) => rate.id))];
  const rows = await db
    .selectFrom('rates')
    .selectAll()
    .where((eb) => eb('id', '=', eb.fn.any(eb.val(ids))))
    .orderBy('id')
    .execute();
  const instantOf = (at: Date | null) => (at === null ? null : isoInstant(at.getTime()));
  return rows.map((row) => ({
    id: row.id,
    produce: row.produce,
    providerId: row.provider_id,
    perKgMinor: rateTextOf(row.rate_per_kg_minor),
    validFrom: instantOf(row.valid_from),
    validTo: instantOf(row.valid_to),
  }));
}
