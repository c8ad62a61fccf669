import type { Actor } from '../../audit/record-change.ts';
import { draftSheet, openSheet, type SheetFile, type SheetParts } from './draft-sheet.ts';
import { publishSheet } from './publish-sheet.ts';
import type { BadCell } from './read-sheet.ts';

/** A sheet that was taken as it is, or why nothing of it was. */
export type Taking =
  | { kind: 'taken'; id: string; rowCount: number; changeCount: number; newProduce: string[] }
  | { kind: 'refused'; reason: string }
  | { kind: 'bad_cells'; cells: BadCell[] };

/** Checks a sheet and publishes it in the same transaction, without a preview: as the former system did, but whole or not. */
export async function takeSheet(file: SheetFile, by: Actor, parts: SheetParts): Promise<Taking> {
  const opened = await openSheet(file);
  if (opened.kind === 'refused') return opened;
  return parts.db.transaction().execute(async (trx): Promise<Taking> => {
    const drafted = await draftSheet(trx, opened, by.name, parts);
    if (drafted.kind !== 'created') return drafted;
    const { id } = drafted.body;
    const done = await publishSheet(trx, id, { by, isSeen: () => true }, parts);
    if (done.kind !== 'published') throw new Error(`a sheet that was just drafted is ${done.kind}`);
    const { rowCount, changes, newProduce } = done.difference;
    return { kind: 'taken', id, rowCount, changeCount: changes.length, newProduce };
  });
}
