import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { recordChange } from '../../audit/record-change.ts';
import { type Doer, doerNameOf } from '../../http/doer.ts';
import type { Db } from '../../store/database.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { issueForRequest } from './issue-for-request.ts';

/** Confirms or refuses a request that waits. A confirmed device finds its certificate when it asks again. */
export async function decideRequest(
  requestId: string,
  verdict: 'issued' | 'refused',
  who: { caller: Doer; by?: string | undefined },
  parts: { db: Db; ca: CertificateAuthority; clock: Clock; makeId: MakeId },
): Promise<'decided' | 'decided_before' | 'unknown'> {
  const { db, ca, clock } = parts;
  const by = doerNameOf(who.caller, who.by);
  return db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('enrolment_requests')
      .select(['state', 'device', 'site', 'key_fingerprint'])
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
    const { device, site, key_fingerprint: keyFingerprint } = row;
    const change = {
      action: `enrolment_request.${verdict === 'issued' ? 'confirmed' : 'refused'}`,
      subject: { kind: 'device', id: device },
      before: { state: row.state },
      after: { state: verdict, requestId, site, keyFingerprint },
    };
    await recordChange(trx, { by: who.caller, ...change, askedBy: who.by }, parts);
    return 'decided';
  });
}
