import { type Clock, isoInstant, type JournalEntry, truckKeyOf } from '@weighgate/protocol';
import type { Applied } from '../inbox/applied.ts';
import type { Trx } from '../store/database.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import { settleProposals } from './settle-proposals.ts';

/** A device proposes a truck. One that was registered meanwhile is settled at once. */
export async function recordProposal(
  trx: Trx,
  { device, at, body }: Extract<JournalEntry, { kind: 'truck.proposed' }>,
  clock: Clock,
): Promise<Applied> {
  await lockMasterData(trx);
  const key = truckKeyOf(body.truck);
  await trx
    .insertInto('truck_proposals')
    .values({
      proposal_id: body.proposalId,
      device,
      site: body.site,
      truck: body.truck,
      truck_key: key,
      proposed_at: isoInstant(at.wallMs),
      mapped_key: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const registered = await trx
    .selectFrom('trucks')
    .select(['id', 'alias_of'])
    .where('truck_key', '=', key)
    .executeTakeFirst();
  if (registered !== undefined) {
    const mapped = { outcome: 'mapped', plate: registered.id, key: registered.alias_of ?? key } as const;
    await recordChanges(trx, await settleProposals(trx, key, mapped, clock), clock);
  }
  return { kind: 'applied' };
}
