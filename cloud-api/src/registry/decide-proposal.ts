import assert from 'node:assert/strict';
import { type Clock, isoInstant, truckKeyOf } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import { registerTruck } from './register-truck.ts';
import { truckChanges } from './row-changes.ts';
import { type Settlement, settleProposals } from './settle-proposals.ts';

/** What a person says of a proposed truck. */
export type Decision =
  /** It is a new truck of this provider. */
  | { kind: 'accept'; providerId: number }
  /** It is this registered truck, its plate typed otherwise. */
  | { kind: 'map'; truck: string }
  | { kind: 'turn_down' };

export type DecisionOutcome =
  | { kind: 'decided'; outcome: Settlement['outcome'] }
  | { kind: 'unknown_proposal' | 'unknown_provider' | 'unknown_truck' }
  /** Before, by somebody else. */
  | { kind: 'already'; outcome: Settlement['outcome'] };

/** Decides a proposal and every other open one of the same plate, and tells the devices. */
export async function decideProposal(
  trx: Trx,
  { proposalId, decision, decidedBy }: { proposalId: string; decision: Decision; decidedBy: string },
  clock: Clock,
): Promise<DecisionOutcome> {
  await lockMasterData(trx);
  const proposal = await trx
    .selectFrom('truck_proposals')
    .select(['truck', 'truck_key', 'outcome'])
    .where('proposal_id', '=', proposalId)
    .executeTakeFirst();
  if (proposal === undefined) return { kind: 'unknown_proposal' };
  if (proposal.outcome !== 'open') return { kind: 'already', outcome: proposal.outcome };
  const settlement = await settlementOf(trx, proposal, decision, decidedBy, clock);
  if ('kind' in settlement) return settlement;
  const mappings = await settleProposals(trx, proposal.truck_key, settlement, clock);
  const trucks = settlement.outcome === 'turned_down' ? [] : await truckChanges(trx, settlement.key, clock);
  await recordChanges(trx, [...trucks, ...mappings], clock);
  return { kind: 'decided', outcome: settlement.outcome };
}

/** Registers what has to be registered. */
async function settlementOf(
  trx: Trx,
  { truck, truck_key: key }: { truck: string; truck_key: string },
  decision: Decision,
  saidBy: string,
  clock: Clock,
): Promise<Settlement | { kind: 'unknown_provider' | 'unknown_truck' }> {
  switch (decision.kind) {
    case 'turn_down':
      return { outcome: 'turned_down' };
    case 'accept': {
      const { providerId } = decision;
      const wish = { plate: truck, providerId, ownedFrom: null, saidBy };
      const registered = await registerTruck(trx, wish, clock);
      assert(registered.kind !== 'taken', `truck ${truck} was registered while its proposal stayed open`);
      if (registered.kind === 'unknown_provider') return { kind: 'unknown_provider' };
      return { outcome: 'accepted', plate: truck, key };
    }
    case 'map': {
      const known = await trx
        .selectFrom('trucks')
        .select(['id', 'truck_key', 'alias_of'])
        .where('truck_key', '=', truckKeyOf(decision.truck))
        .executeTakeFirst();
      if (known === undefined) return { kind: 'unknown_truck' };
      const own = known.alias_of ?? known.truck_key;
      await trx
        .insertInto('trucks')
        .values({ id: truck, truck_key: key, created_at: isoInstant(clock.now()), alias_of: own })
        .execute();
      return { outcome: 'mapped', plate: known.id, key: own };
    }
  }
}
