import { isoInstant } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import { lockMasterData, recordChanges } from '../../registry/record-changes.ts';
import { produceChange, rateChange } from '../../registry/row-changes.ts';
import type { Trx } from '../../store/database.ts';
import type { RateSheetsTable } from '../../store/schema.ts';
import type { SheetParts } from './draft-sheet.ts';
import { compareSheet, findSheet, type SheetDifference } from './stored-sheet.ts';

/** What became of publishing a sheet. */
export type Publishing =
  | { kind: 'published'; difference: SheetDifference }
  | { kind: 'unknown' }
  | { kind: 'decided'; state: Selectable<RateSheetsTable>['state'] }
  /** Somebody changed rates after the preview that the caller saw. */
  | { kind: 'stale'; ratesVersion: number };

/**
 * Publishes a sheet whole or not at all: produce it names is registered, rates that hold no more as they are get withdrawn,
 * others begin, and devices are told. Takes the right to change master data until the end of the transaction.
 * @param isSeen whether the caller has seen what changes against this version of the rates
 */
export async function publishSheet(
  trx: Trx,
  id: string,
  { by, isSeen }: { by: Actor; isSeen: (ratesVersion: number) => boolean },
  parts: SheetParts,
): Promise<Publishing> {
  const { clock, makeId, currency } = parts;
  await lockMasterData(trx);
  const sheet = await findSheet(trx, id);
  if (sheet === undefined) return { kind: 'unknown' };
  if (sheet.state !== 'draft') return { kind: 'decided', state: sheet.state };
  const difference = await compareSheet(trx, sheet, currency);
  const { changes, newProduce, ratesVersion, rowCount } = difference;
  if (!isSeen(ratesVersion)) return { kind: 'stale', ratesVersion };
  const now = isoInstant(clock.now());

  if (newProduce.length > 0) {
    const rows = newProduce.map((produce) => ({ id: produce, created_at: now }));
    await trx.insertInto('produce').values(rows).execute();
  }
  const withdrawn = changes.flatMap((change) => change.withdrawn.map((rate) => rate.id));
  if (withdrawn.length > 0) {
    await trx
      .updateTable('rates')
      .set({ withdrawn_at: now, withdrawn_by: id })
      .where('id', 'in', withdrawn)
      .execute();
  }
  const begun = changes.flatMap(({ produce, providerId, begun: spans }) =>
    spans.map((span) => ({
      id: makeId(),
      produce,
      provider_id: providerId,
      rate_per_kg_minor: span.ratePerKgMinor,
      currency: span.currency,
      valid_from: span.validFromMs === null ? null : isoInstant(span.validFromMs),
      valid_to: span.validToMs === null ? null : isoInstant(span.validToMs),
      created_at: now,
      sheet_id: id,
    })),
  );
  for (let at = 0; at < begun.length; at += 1_000)
    await trx
      .insertInto('rates')
      .values(begun.slice(at, at + 1_000))
      .execute();
  await trx
    .updateTable('rate_sheets')
    .set({ state: 'published', decided_by: by.name, decided_at: now })
    .where('id', '=', id)
    .execute();

  const told = newProduce.map(produceChange);
  for (const rateId of [...withdrawn, ...begun.map((rate) => rate.id)])
    told.push(await rateChange(trx, rateId, currency));
  await recordChanges(trx, told, clock);
  const after = {
    fileHash: sheet.file_hash,
    rows: rowCount,
    withdrawn: withdrawn.length,
    begun: begun.length,
    newProduce: newProduce.length,
  };
  await recordChange(
    trx,
    { by, action: 'rate_sheet.published', subject: { kind: 'rate_sheet', id }, before: null, after },
    parts,
  );
  return { kind: 'published', difference };
}
