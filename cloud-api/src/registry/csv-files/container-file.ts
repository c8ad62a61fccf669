import { containerIdSchema, isoInstant, kgOf, MAX_GRAMS } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../../store/database.ts';
import { containersAt } from '../find-containers.ts';
import { setTare } from '../set-tare.ts';
import {
  badCell,
  type CsvFile,
  EXPORT_PAGE_ROWS,
  type FileRow,
  type ImportParts,
  type PlannedRow,
} from './csv-file.ts';

type Column = 'id' | 'tareKg';

/** Containers with the tares that hold now. Another tare holds from the import on; what was weighed before keeps its own. */
export const containerFile: CsvFile<'containers', Column, { id: string; tare_g: number }> = {
  kind: 'containers',
  columns: { id: 'required', tareKg: 'required' },
  readPage: (db, last, at) =>
    containersAt(db, at)
      .where('containers.id', '>', last?.id ?? '')
      .orderBy('containers.id')
      .limit(EXPORT_PAGE_ROWS)
      .execute(),
  cellsOf: ({ id, tare_g }) => [{ text: id }, { number: String(kgOf(tare_g)) }],
  async plan(trx, rows, parts) {
    const ids = rows.map((row) => row.cell('id')).filter((id) => containerIdSchema.safeParse(id).success);
    const found = await containersAt(trx, isoInstant(parts.clock.now()))
      .where(sql<boolean>`containers.id = any(${ids}::text[])`)
      .execute();
    const tares = new Map(found.map(({ id, tare_g }) => [id, tare_g]));
    const lines = new Map<string, number>();
    return rows.map((row) => planRow(trx, row, { tares, lines, parts }));
  },
};

/** Kilograms as decimal text, in whole grams. */
function gramsOf(text: string): number | null {
  const [, whole, fraction = ''] = /^(\d{1,8})(?:\.(\d{1,3})0*)?$/.exec(text) ?? [];
  if (whole === undefined) return null;
  const grams = Number(whole) * 1000 + Number(fraction.padEnd(3, '0'));
  return grams <= MAX_GRAMS ? grams : null;
}

function planRow(
  trx: Trx,
  row: FileRow<Column>,
  {
    tares,
    lines,
    parts: { clock },
  }: { tares: ReadonlyMap<string, number>; lines: Map<string, number>; parts: ImportParts },
): PlannedRow<Column> {
  const [id, said] = [row.cell('id'), row.cell('tareKg')];
  const reading = containerIdSchema.safeParse(id);
  if (!reading.success) return badCell('id', reading.error.issues.map((one) => one.message).join(', '));
  const twin = lines.get(id);
  if (twin !== undefined) return badCell('id', `is the same container as in line ${twin}`);
  lines.set(id, row.line);
  const tareG = gramsOf(said);
  if (tareG === null) {
    const instead = /^\d+,\d+$/.test(said) ? `; write ${said.replace(',', '.')}` : '';
    return badCell(
      'tareKg',
      `must be kilograms from 0 to ${MAX_GRAMS / 1000} with at most three decimals${instead}`,
    );
  }
  const before = tares.get(id);
  if (before === tareG) return { kind: 'unchanged' };
  const write = () =>
    setTare(trx, { container: id, tareG, validFrom: isoInstant(clock.now()), entryUuid: null }, clock);
  if (before === undefined) return { kind: 'added', what: `container ${id} of ${kgOf(tareG)} kg`, write };
  const what = `container ${id}: ${kgOf(before)} kg becomes ${kgOf(tareG)} kg`;
  return { kind: 'changed', what, write };
}
