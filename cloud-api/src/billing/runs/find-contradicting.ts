import { sql } from 'kysely';
import type { Trx } from '../../store/database.ts';

/** Numbers of the bills, not credited in full, that two providers have for a time in common. Takes part in no lock. */
export async function findContradicting(trx: Trx, one: number, other: number): Promise<string[]> {
  const found = await sql<{ number: string }>`
    select distinct b.number_text as number
      from bill_runs r
      join bill_runs s
        on tstzrange(r.period_from, r.period_to, '[)') && tstzrange(s.period_from, s.period_to, '[)')
      join bills b on b.id in (r.bill_id, s.bill_id)
     where r.provider_id = ${one} and r.state in ('issued', 'paid')
       and s.provider_id = ${other} and s.state in ('issued', 'paid')
     order by number
     limit 20`.execute(trx);
  return found.rows.map(({ number }) => number);
}
