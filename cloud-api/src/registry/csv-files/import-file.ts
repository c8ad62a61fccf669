import type { Db } from '../../store/database.ts';
import { lockMasterData } from '../record-changes.ts';
import type { CsvFile, ImportParts } from './csv-file.ts';
import { type BadRow, readRows } from './read-rows.ts';

/** What importing a file did, or would do. */
export interface Imported {
  kind: 'imported';
  added: number;
  changed: number;
  unchanged: number;
  /** Every row that adds or changes something, in the order of the file. */
  changes: { line: number; kind: 'added' | 'changed'; what: string }[];
  /** Every row that cannot be taken. When there is one, nothing was imported. */
  bad: BadRow[];
}

/** Takes a file whole or not at all; as a preview, it changes nothing. */
export async function importFile<Column extends string, Row>(
  file: CsvFile<string, Column, Row>,
  bytes: Uint8Array,
  isPreview: boolean,
  { db, ...parts }: ImportParts & { db: Db },
): Promise<Imported | { kind: 'refused'; reason: string }> {
  const reading = readRows(bytes, file.columns);
  if (reading.kind === 'refused') return reading;
  const { rows } = reading;
  return db.transaction().execute(async (trx) => {
    if (!isPreview) await lockMasterData(trx);
    const planned = await file.plan(trx, rows, parts);
    const imported: Imported = {
      kind: 'imported',
      added: 0,
      changed: 0,
      unchanged: 0,
      changes: [],
      bad: [...reading.bad],
    };
    for (const [index, { line }] of rows.entries()) {
      const row = planned[index];
      if (row === undefined) throw new RangeError(`line ${line} was not planned`);
      if (row.kind === 'bad') {
        imported.bad.push({ line, column: row.column, reason: row.reason });
        continue;
      }
      imported[row.kind] += 1;
      if (row.kind !== 'unchanged') imported.changes.push({ line, kind: row.kind, what: row.what });
    }
    imported.bad.sort((one, other) => one.line - other.line);
    if (isPreview || imported.bad.length > 0) return imported;
    for (const row of planned) if (row.kind === 'added' || row.kind === 'changed') await row.write();
    return imported;
  });
}
