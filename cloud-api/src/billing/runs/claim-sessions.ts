import { sql } from 'kysely';
import type { Trx } from '../../store/database.ts';
import type { Period } from '../find-billable.ts';
import type { ComputedRun } from './compute-drafts.ts';
import { isDue } from './sum-deliveries.ts';

/** What was claimed for a line of a bill. */
export interface ClaimedLine {
  lineNo: number;
  sessionCount: number;
  netG: string;
  sessionsHash: string;
}

/**
 * Puts every delivery of a computed run onto a bill that is about to be issued, each with its frozen copy, in one statement:
 * the database does it, however many there are. A session that another bill has is refused by the schema.
 * @returns what is on each line, for the caller to compare with what was computed
 */
export async function claimSessions(
  trx: Trx,
  billId: string,
  period: Period,
  { seller, cuts, lineNoOf }: ComputedRun,
): Promise<ClaimedLine[]> {
  const lines = [...lineNoOf].map(([key, line_no]) => {
    const [produce, segment] = JSON.parse(key) as [string, number];
    return { produce, segment, line_no };
  });
  const instants = cuts.map((atMs) => new Date(atMs).toISOString());
  await sql`
    insert into bill_sessions (bill_id, position, line_no, session_id, charge_kind, delivery_id, produce, net_g,
                               weighed_out_at, frozen_text, hash)
    select ${billId}::uuid, row_number() over (order by m.line_no, d.weighed_out_at, d.session_id), m.line_no,
           d.session_id, 'delivery', d.id, d.produce, d.net_g, d.weighed_out_at, c.copy_text,
           sha256(convert_to(c.copy_text, 'UTF8'))
      from unbilled_deliveries d
      join json_to_recordset(${JSON.stringify(lines)}::json) as m (produce text, segment integer, line_no integer)
        on m.produce = d.produce and m.segment = width_bucket(d.weighed_out_at, ${instants}::timestamptz[])
      join session_copies c on c.delivery_id = d.id
     where d.provider_id = ${seller.providerId} and ${isDue(period)}`.execute(trx);
  const claimed = await sql<ClaimedLine>`
    select line_no as "lineNo", count(*) as "sessionCount", sum(net_g) as "netG",
           encode(sha256(string_agg(hash, ''::bytea order by position)), 'hex') as "sessionsHash"
      from bill_sessions
     where bill_id = ${billId}
     group by line_no
     order by line_no`.execute(trx);
  return claimed.rows;
}
