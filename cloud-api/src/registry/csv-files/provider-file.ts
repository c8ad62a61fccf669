import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { Trx } from '../../store/database.ts';
import { addProvider } from '../add-provider.ts';
import { changeProvider } from '../change-provider.ts';
import { providerNameKeyOf, providerNameSchema } from '../provider-name.ts';
import {
  badCell,
  type CsvFile,
  EXPORT_PAGE_ROWS,
  type FileRow,
  type ImportParts,
  type PlannedRow,
} from './csv-file.ts';

type Column = 'id' | 'name' | 'status';
type Status = 'active' | 'revoked';

/** Providers. A row with an id is that provider; one without is the provider of that name, or a new one. */
export const providerFile: CsvFile<'providers', Column, { id: number; name: string; status: Status }> = {
  kind: 'providers',
  columns: { id: 'optional', name: 'required', status: 'optional' },
  readPage: (db, after) =>
    db
      .selectFrom('providers')
      .select(['id', 'name', 'status'])
      .where('merged_into', 'is', null)
      .where('id', '>', after?.id ?? 0)
      .orderBy('id')
      .limit(EXPORT_PAGE_ROWS)
      .execute(),
  cellsOf: ({ id, name, status }) => [{ number: String(id) }, { text: name }, { text: status }],
  async plan(trx, rows, parts) {
    const known = await findKnown(trx, rows);
    const lines = { ofId: new Map<number, number>(), ofName: new Map<string, number>() };
    return rows.map((row) => planRow(trx, row, { known, lines, parts }));
  },
};

interface Known {
  id: number;
  name: string;
  name_key: string;
  status: Status;
  merged_into: number | null;
}

/** Providers that rows name by id or by name. */
async function findKnown(trx: Trx, rows: readonly FileRow<Column>[]) {
  const ids = rows.map((row) => row.cell('id')).filter((id) => idPattern.test(id));
  const keys = rows.map((row) => providerNameKeyOf(row.cell('name')));
  const found: Known[] = await trx
    .selectFrom('providers')
    .select(['id', 'name', 'name_key', 'status', 'merged_into'])
    .where(sql<boolean>`id = any(${ids}::bigint[]) or name_key = any(${keys.filter(isText)}::text[])`)
    .execute();
  return {
    byId: new Map(found.map((one) => [one.id, one])),
    byName: new Map(found.map((one) => [one.name_key, one])),
  };
}

const idPattern = /^\d{1,15}$/;
/** What a column can hold: PostgreSQL has no NUL. */
const isText = (key: string) => !key.includes('\0');

function planRow(
  trx: Trx,
  row: FileRow<Column>,
  {
    known,
    lines,
    parts: { clock },
  }: {
    known: Awaited<ReturnType<typeof findKnown>>;
    lines: { ofId: Map<number, number>; ofName: Map<string, number> };
    parts: ImportParts;
  },
): PlannedRow<Column> {
  const [idText, status] = [row.cell('id'), row.cell('status')];
  if (idText !== '' && !idPattern.test(idText)) return badCell('id', 'is not the id of a provider');
  const reading = providerNameSchema.safeParse(row.cell('name'));
  if (!reading.success) return badCell('name', reading.error.issues.map((one) => one.message).join(', '));
  if (status !== '' && status !== 'active' && status !== 'revoked')
    return badCell('status', 'must be active, revoked or empty');
  const name = reading.data;
  const key = providerNameKeyOf(name);
  const namesake = known.byName.get(key);
  const target = idText === '' ? namesake : known.byId.get(Number(idText));
  if (idText !== '' && target === undefined)
    return badCell('id', `there is no provider ${idText}; leave the id empty for a new one`);
  if (target !== undefined && target.merged_into !== null)
    return badCell('id', `provider ${target.id} is provider ${target.merged_into} now`);
  if (namesake !== undefined && namesake.id !== target?.id)
    return badCell('name', `is the name of provider ${namesake.id} already`);
  const twin = lines.ofName.get(key) ?? (target === undefined ? undefined : lines.ofId.get(target.id));
  if (twin !== undefined) return badCell('name', `is the same provider as in line ${twin}`);
  lines.ofName.set(key, row.line);
  if (target === undefined) {
    const write = () => addRow(trx, { name, status: status === '' ? 'active' : status }, clock);
    return { kind: 'added', what: `provider "${name}"`, write };
  }
  lines.ofId.set(target.id, row.line);
  const wished = status === '' ? target.status : status;
  if (target.name === name && target.status === wished) return { kind: 'unchanged' };
  return {
    kind: 'changed',
    what: `provider ${target.id}: "${target.name}", ${target.status} becomes "${name}", ${wished}`,
    write: () => changeRow(trx, { id: target.id, name, status: wished }, clock),
  };
}

async function addRow(
  trx: Trx,
  { name, status }: { name: string; status: Status },
  clock: ImportParts['clock'],
): Promise<void> {
  const added = await addProvider(trx, name, clock);
  assert(added.kind === 'added', 'the name was free when the row was planned');
  if (status !== added.provider.status) await changeRow(trx, { ...added.provider, status }, clock);
}

async function changeRow(
  trx: Trx,
  wish: { id: number; name: string; status: Status },
  clock: ImportParts['clock'],
): Promise<void> {
  const changed = await changeProvider(trx, { ...wish, ifMatch: '*' }, clock);
  assert(changed.kind === 'changed', 'the provider could be changed when the row was planned');
}
