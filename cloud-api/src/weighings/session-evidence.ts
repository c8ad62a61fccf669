import { z } from '@hono/zod-openapi';
import { sql } from 'kysely';
import type { Db } from '../store/database.ts';
import { ofProvider } from './of-provider.ts';

/** Journal entries exactly as stored: anyone can hash `entryText` again and read the raw frames in it. */
export const evidenceSchema = z.array(
  z
    .object({
      device: z.string(),
      incarnation: z.string(),
      seq: z.int(),
      kind: z.string(),
      previousHash: z.string(),
      hash: z.string(),
      entryText: z.string(),
      parked: z.string().nullable().openapi({ description: 'why the entry was stored but not applied' }),
    })
    .openapi('Evidence'),
);
type Evidence = z.infer<typeof evidenceSchema>;

/**
 * The entries a session was made from, and those about it that were parked, in the order of their chains.
 * @param providerId nothing of a session that is not of this provider; null for everybody's
 */
export async function evidenceOf(db: Db, sessionId: string, providerId: number | null): Promise<Evidence> {
  const entries = await sql<Evidence[number]>`
    select e.device, e.incarnation, e.seq, e.kind, e.previous_hash as "previousHash", e.hash,
           e.entry_text as "entryText", p.reason as parked
      from proven_entries e
      left join open_parked_entries p using (device, incarnation, seq)
     where (e.device, e.incarnation, e.seq) in (
             select device, incarnation, seq from registered_weights where session_id = ${sessionId}
             union
             select w.device, w.incarnation, w.seq
               from weighing_sessions s join registered_weights w on w.weight_id = s.first_weight_id
              where s.id = ${sessionId}
             union
             select x.device, x.incarnation, x.seq
               from weighing_sessions s
               join weighing_sessions ended on ended.id in (s.id, s.clone_of)
               join journal_entries x on coalesce(x.carried_uuid, x.uuid) = ended.ended_entry_uuid and not x.repeats_uuid
              where s.id = ${sessionId}
             union
             select x.device, x.incarnation, x.seq
               from ledger_entries l join journal_entries x on coalesce(x.carried_uuid, x.uuid) = l.entry_uuid and not x.repeats_uuid
              where l.session_id = ${sessionId}
             union
             select device, incarnation, seq from parked_entries where session_id = ${sessionId})
       and (${providerId}::bigint is null
            or exists (select from weighing_sessions where id = ${sessionId} and ${ofProvider(providerId)}))
     order by e.device, e.incarnation, e.seq
     limit 100`.execute(db);
  return entries.rows;
}
