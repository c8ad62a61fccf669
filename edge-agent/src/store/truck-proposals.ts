import { type MakeId, type MasterDataUsed, truckKeyOf, type Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { Identity } from './identity.ts';
import type { Journal } from './journal.ts';

/** Trucks that were on no list when they came. */
export interface TruckProposals {
  /**
   * What a weighing used, with the temporary id of a truck that is on no list. The first time, the truck is proposed
   * with an entry of its own. Must run inside the transaction of the weighing.
   */
  withProposal(truck: string, used: MasterDataUsed): MasterDataUsed;
}

export function openTruckProposals(
  database: Database.Database,
  journal: Journal,
  { site }: Identity,
  makeId: MakeId,
): TruckProposals {
  const select = database
    .prepare<[string], Uuid>('SELECT proposal_id FROM truck_proposals WHERE truck_key = ?')
    .pluck();
  const insert = database.prepare(
    'INSERT INTO truck_proposals (truck_key, proposal_id, entry_uuid) VALUES (?, ?, ?)',
  );

  function propose(truck: string, masterDataRevision: number): Uuid {
    const proposalId = makeId();
    const body = { proposalId, site, truck, masterDataRevision };
    const { uuid } = journal.append({ kind: 'truck.proposed', body });
    insert.run(truckKeyOf(truck), proposalId, uuid);
    return proposalId;
  }

  return {
    withProposal: (truck, used) => {
      if (!used.flags.includes('truck_unknown')) return used;
      return { ...used, proposalId: select.get(truckKeyOf(truck)) ?? propose(truck, used.revision) };
    },
  };
}
