import { type MakeId, type MasterDataUsed, truckKeyOf, type Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { Identity } from './identity.ts';
import type { Journal } from './journal.ts';
import type { MasterDataRows } from './master-data-rows.ts';

/** A truck that was proposed. */
export interface TruckProposal {
  proposalId: Uuid;
  /** `open` until the cloud has said which truck it is. */
  outcome: 'open' | 'mapped' | 'turned_down';
  /** The registered plate; null while there is none. */
  truck: string | null;
  /** The plate as it was typed, without blanks and dashes. */
  truckKey: string;
}

/** Trucks that were on no list when they came. */
export interface TruckProposals {
  /**
   * What a weighing used, with the temporary id of a truck that is on no list. The first time, the truck is proposed
   * with an entry of its own. Must run inside the transaction of the weighing.
   */
  withProposal(truck: string, used: MasterDataUsed): MasterDataUsed;
  /** The latest proposals, newest first, with what the cloud has said of each. */
  latest(most: number): TruckProposal[];
}

export function openTruckProposals(
  database: Database.Database,
  journal: Journal,
  { site }: Identity,
  masterData: Pick<MasterDataRows, 'row'>,
  makeId: MakeId,
): TruckProposals {
  const select = database
    .prepare<[string], Uuid>('SELECT proposal_id FROM truck_proposals WHERE truck_key = ?')
    .pluck();
  const insert = database.prepare(
    'INSERT INTO truck_proposals (truck_key, proposal_id, entry_uuid) VALUES (?, ?, ?)',
  );

  // Ids are of the time they were made: the newest is the greatest.
  const selectLatest = database.prepare<[number], { truckKey: string; proposalId: Uuid }>(`
    SELECT truck_key AS truckKey, proposal_id AS proposalId FROM truck_proposals ORDER BY proposal_id DESC LIMIT ?
  `);

  function propose(truck: string, masterDataRevision: number): Uuid {
    const proposalId = makeId();
    const body = { proposalId, site, truck, masterDataRevision };
    const { uuid } = journal.append({ kind: 'truck.proposed', body });
    insert.run(truckKeyOf(truck), proposalId, uuid);
    return proposalId;
  }

  return {
    latest: (most) =>
      selectLatest.all(most).map(({ truckKey, proposalId }) => {
        const mapping = masterData.row('truck_mapping', proposalId);
        if (mapping === undefined) return { proposalId, truckKey, outcome: 'open', truck: null };
        const { truck } = mapping;
        return { proposalId, truckKey, outcome: truck === null ? 'turned_down' : 'mapped', truck };
      }),
    withProposal: (truck, used) => {
      if (!used.flags.includes('truck_unknown')) return used;
      return { ...used, proposalId: select.get(truckKeyOf(truck)) ?? propose(truck, used.revision) };
    },
  };
}
