import { isoInstant, produceIdSchema } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../../store/database.ts';
import { lockMasterData, recordChanges } from '../record-changes.ts';
import { produceChange } from '../row-changes.ts';
import {
  badCell,
  type CsvFile,
  EXPORT_PAGE_ROWS,
  type FileRow,
  type ImportParts,
  type PlannedRow,
} from './csv-file.ts';

/** Kinds of produce. */
export const produceFile: CsvFile<'produce', 'id', { id: string }> = {
  kind: 'produce',
  columns: { id: 'required' },
  readPage: (db, last) =>
    db
      .selectFrom('produce')
      .select('id')
      .where('id', '>', last?.id ?? '')
      .orderBy('id')
      .limit(EXPORT_PAGE_ROWS)
      .execute(),
  cellsOf: ({ id }) => [{ text: id }],
  async plan(trx, rows, parts) {
    const ids = rows.map((row) => row.cell('id')).filter((id) => produceIdSchema.safeParse(id).success);
    const found = await trx
      .selectFrom('produce')
      .select('id')
      .where(sql<boolean>`id = any(${ids}::text[]) or lower(id) = any(${ids.map(caseless)}::text[])`)
      .execute();
    const registered = found.map(({ id }) => id);
    const spelt = new Map(registered.map((id) => [caseless(id), id]));
    const lines = new Map<string, number>();
    return rows.map((row) =>
      planRow(trx, row, { registered: new Set(registered), spelt, lines, clock: parts.clock }),
    );
  },
};

const caseless = (id: string) => id.toLowerCase();

function planRow(
  trx: Trx,
  row: FileRow<'id'>,
  {
    registered,
    spelt,
    lines,
    clock,
  }: {
    registered: ReadonlySet<string>;
    spelt: ReadonlyMap<string, string>;
    lines: Map<string, number>;
    clock: ImportParts['clock'];
  },
): PlannedRow<'id'> {
  const id = row.cell('id');
  const reading = produceIdSchema.safeParse(id);
  if (!reading.success) return badCell('id', reading.error.issues.map((one) => one.message).join(', '));
  // Two that differ in case alone can both be registered; a new one must differ in more.
  const identity = registered.has(id) ? id : caseless(id);
  const twin = lines.get(identity);
  if (twin !== undefined) return badCell('id', `is the same produce as in line ${twin}`);
  lines.set(identity, row.line);
  if (registered.has(id)) return { kind: 'unchanged' };
  const other = spelt.get(caseless(id));
  if (other !== undefined) return badCell('id', `is registered as "${other}": write it so`);
  return {
    kind: 'added',
    what: `produce "${id}"`,
    write: async () => {
      await lockMasterData(trx);
      await trx
        .insertInto('produce')
        .values({ id, created_at: isoInstant(clock.now()) })
        .execute();
      await recordChanges(trx, [produceChange(id)], clock);
    },
  };
}
