import {
  type Clock,
  changedDigest,
  emptyMasterDataDigest,
  idMaker,
  isoInstant,
  type MasterDataBody,
  type MasterDataEntity,
  masterDataBodies,
} from '@weighgate/protocol';
import { recordChange } from '../audit/record-change.ts';
import { requestDoer } from '../http/request-context.ts';
import type { Trx } from '../store/database.ts';

/** Every site. */
export const EVERY_SITE = '*';

/** One row of master data as it is from now on; a body of null takes it away. */
export interface MasterDataChange {
  /** {@link EVERY_SITE}, or the code of the one site it is for. */
  scope: string;
  entity: MasterDataEntity;
  id: string;
  body: object | null;
}

/** A change whose body is what its entity says. */
export function changeOf<E extends MasterDataEntity>(
  entity: E,
  id: string,
  body: MasterDataBody<E> | null,
  scope = EVERY_SITE,
): MasterDataChange {
  return { scope, entity, id, body: body === null ? null : masterDataBodies[entity].parse(body) };
}

/**
 * Takes the one right to change master data, until the end of the transaction, and returns the last revision given.
 * Whoever changes a table of the registry calls this before they touch it: two that took it in another order could wait
 * for each other for ever.
 */
export async function lockMasterData(trx: Trx): Promise<number> {
  const { revision } = await trx
    .selectFrom('master_data_head')
    .select('revision')
    .forUpdate()
    .executeTakeFirstOrThrow();
  return revision;
}

/**
 * Gives each change a revision of its own and keeps it for the devices. A change that changes nothing gets none. Because
 * the lock is held until the commit, revisions become visible in their order: who has read revision n misses none
 * before it.
 * @returns the last revision given
 */
export async function recordChanges(
  trx: Trx,
  changes: readonly MasterDataChange[],
  clock: Clock,
): Promise<number> {
  const before = await lockMasterData(trx);
  let revision = before;
  for (const change of changes) if (await recordOne(trx, change, revision + 1, clock)) revision += 1;
  if (revision > before) await trx.updateTable('master_data_head').set({ revision }).execute();
  return revision;
}

/**
 * What a person or a machine changed through the API is in the audit, whichever writer it came through. What a device
 * measured is in its journal, and what the program begins with is in the program.
 */
async function tellAudit(
  trx: Trx,
  change: { scope: string; entity: string; id: string; before: string | null; after: string | null },
  clock: Clock,
): Promise<void> {
  const by = requestDoer();
  if (by === undefined) return;
  const { scope, entity, id } = change;
  const stateOf = (body: string | null): object | null =>
    body === null ? null : { ...JSON.parse(body), ...(scope === EVERY_SITE ? {} : { site: scope }) };
  const [before, after] = [stateOf(change.before), stateOf(change.after)];
  const done = before === null ? 'added' : after === null ? 'withdrawn' : 'changed';
  const said = { by, action: `${entity}.${done}`, subject: { kind: entity, id }, before, after };
  await recordChange(trx, said, { clock, makeId: idMaker(clock) });
}

async function recordOne(
  trx: Trx,
  { scope, entity, id, body: said }: MasterDataChange,
  revision: number,
  clock: Clock,
): Promise<boolean> {
  const body = said === null ? null : JSON.stringify(said);
  const row = { entity, id, revision, body };
  const { previous, lastDigest } = await lastRecorded(trx, { scope, entity, id });
  if ((previous?.body ?? null) === body) return false;
  await tellAudit(trx, { scope, entity, id, before: previous?.body ?? null, after: body }, clock);
  const removed = previous === undefined ? null : { entity, id, ...previous };
  await trx
    .insertInto('master_data_changes')
    .values({
      revision,
      scope,
      entity,
      row_id: id,
      body,
      scope_digest: changedDigest(lastDigest, removed, row),
      changed_at: isoInstant(clock.now()),
    })
    .execute();
  return true;
}

/** What was recorded last of a row, and the digest that its scope has with it: one question, for the lock is held meanwhile. */
async function lastRecorded(trx: Trx, { scope, entity, id }: { scope: string; entity: string; id: string }) {
  const found = await trx
    .selectFrom((eb) =>
      eb
        .selectFrom('master_data_changes')
        .select('scope_digest')
        .where('scope', '=', scope)
        .orderBy('revision', 'desc')
        .limit(1)
        .as('of_scope'),
    )
    .leftJoin(
      (eb) =>
        eb
          .selectFrom('master_data_changes')
          .select(['revision', 'body'])
          .where('scope', '=', scope)
          .where('entity', '=', entity)
          .where('row_id', '=', id)
          .orderBy('revision', 'desc')
          .limit(1)
          .as('of_row'),
      (join) => join.onTrue(),
    )
    .select(['of_scope.scope_digest', 'of_row.revision', 'of_row.body'])
    .executeTakeFirst();
  // A row that was never recorded has no revision; one that was taken away has one, and no body.
  const previous =
    found === undefined || found.revision === null
      ? undefined
      : { revision: found.revision, body: found.body };
  return { previous, lastDigest: found?.scope_digest ?? emptyMasterDataDigest };
}
