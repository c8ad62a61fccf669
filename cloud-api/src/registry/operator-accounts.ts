import { type Clock, isoInstant, type MakeId, type OperatorRole } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import { type MatchFault, matchFaultOf } from '../http/if-match.ts';
import type { Trx } from '../store/database.ts';
import type { OperatorAccountsTable } from '../store/registry-tables.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import { operatorChanges } from './row-changes.ts';

export type OperatorRow = Selectable<OperatorAccountsTable>;

/** An operator as they are added; instants in ISO 8601 in UTC. */
export interface NewOperator {
  name: string;
  role: OperatorRole;
  verifier: string;
  sites: string[];
  validFrom: string | null;
  validTo: string | null;
}

/** What is changed; what is undefined stays. */
export interface OperatorChange {
  role?: OperatorRole | undefined;
  verifier?: string | undefined;
  sites?: string[] | undefined;
  validTo?: string | null | undefined;
  withdrawn?: boolean | undefined;
}

export type ChangedOperator =
  | { kind: 'changed'; row: OperatorRow }
  | { kind: 'not_matched'; fault: MatchFault }
  | { kind: 'unknown' | 'ends_before_it_begins' };

/** Adds an operator and tells the sites; undefined when the name belongs to somebody, withdrawn or not. */
export async function addOperator(
  trx: Trx,
  { name, role, verifier, sites, validFrom, validTo }: NewOperator,
  { clock, makeId }: { clock: Clock; makeId: MakeId },
): Promise<OperatorRow | undefined> {
  await lockMasterData(trx);
  const row = await trx
    .insertInto('operator_accounts')
    .values({
      operator_id: makeId(),
      name,
      name_key: name.normalize('NFKC').toLowerCase().trim(),
      role,
      verifier,
      sites: [...new Set(sites)],
      valid_from: validFrom,
      valid_to: validTo,
      withdrawn_at: null,
      created_at: isoInstant(clock.now()),
    })
    .onConflict((conflict) => conflict.column('name_key').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined) await recordChanges(trx, operatorChanges(row), clock);
  return row;
}

/**
 * Changes an operator and tells the sites, those they no longer work at among them.
 * @param ifMatch what the change is based on, as in the header
 */
export async function changeOperator(
  trx: Trx,
  id: string,
  { role, verifier, sites, validTo, withdrawn }: OperatorChange,
  ifMatch: string | undefined,
  clock: Clock,
): Promise<ChangedOperator> {
  await lockMasterData(trx);
  const before = await trx
    .selectFrom('operator_accounts')
    .selectAll()
    .where('operator_id', '=', id)
    .executeTakeFirst();
  if (before === undefined) return { kind: 'unknown' };
  const fault = matchFaultOf(ifMatch, before.version);
  if (fault !== null) return { kind: 'not_matched', fault };
  const from = before.valid_from;
  if (validTo != null && from !== null && from.getTime() >= Date.parse(validTo))
    return { kind: 'ends_before_it_begins' };
  const row = await trx
    .updateTable('operator_accounts')
    .set({
      ...(role === undefined ? {} : { role }),
      ...(verifier === undefined ? {} : { verifier }),
      ...(sites === undefined ? {} : { sites: [...new Set(sites)] }),
      ...(validTo === undefined ? {} : { valid_to: validTo }),
      ...(withdrawn === undefined ? {} : { withdrawn_at: withdrawn ? isoInstant(clock.now()) : null }),
    })
    .where('operator_id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await recordChanges(trx, operatorChanges(row, before.sites), clock);
  return { kind: 'changed', row };
}
