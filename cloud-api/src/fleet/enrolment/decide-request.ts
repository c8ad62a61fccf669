import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Db } from '../../store/database.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { issueForRequest } from './issue-for-request.ts';

/** Confirms or refuses a request that waits. A confirmed device finds its certificate when it asks again. */
export async function decideRequest(
  requestId: string,
  verdict: 'issued' | 'refused',
  by: string,
  { db, ca, clock }: { db: Db; ca: CertificateAuthority; clock: Clock },
): Promise<'decided' | 'decided_before' | 'unknown'> {
  return db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('enrolment_requests')
      .select('state')
      .where('request_id', '=', requestId)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return 'unknown';
    if (row.state !== 'waiting') return 'decided_before';
    if (verdict === 'issued') {
      await issueForRequest(trx, requestId, by, { ca, clock });
    } else {
      await trx
        .updateTable('enrolment_requests')
        .set({ state: 'refused', decided_at: isoInstant(clock.now()), decided_by: by })
        .where('request_id', '=', requestId)
        .execute();
    }
    return 'decided';
  });
}
