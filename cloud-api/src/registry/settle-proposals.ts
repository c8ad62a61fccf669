import { type Clock, isoInstant, uuidSchema } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';
import { changeOf, type MasterDataChange } from './record-changes.ts';

/** What became of a proposed truck; `plate` and `key` of the registered truck it is. */
export type Settlement =
  | { outcome: 'accepted' | 'mapped'; plate: string; key: string }
  | { outcome: 'turned_down' };

/**
 * Decides every open proposal of a plate, whichever device made it, and says for each device which truck its temporary id
 * stands for. The caller holds the lock of master data and records the changes.
 */
export async function settleProposals(
  trx: Trx,
  proposedKey: string,
  settlement: Settlement,
  clock: Clock,
): Promise<MasterDataChange[]> {
  const { outcome } = settlement;
  const truck = outcome === 'turned_down' ? null : settlement.plate;
  const settled = await trx
    .updateTable('truck_proposals')
    .set({
      outcome,
      mapped_key: outcome === 'turned_down' ? null : settlement.key,
      decided_at: isoInstant(clock.now()),
    })
    .where('truck_key', '=', proposedKey)
    .where('outcome', '=', 'open')
    .returning(['proposal_id', 'site'])
    .execute();
  return settled.map(({ proposal_id, site }) =>
    changeOf('truck_mapping', proposal_id, { proposalId: uuidSchema.parse(proposal_id), truck }, site),
  );
}
