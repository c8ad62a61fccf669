import { createHash } from 'node:crypto';
import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import type { Db, Trx } from '../../store/database.ts';
import { type Cell, readGrid } from './read-grid.ts';
import { type BadCell, readSheet } from './read-sheet.ts';
import type { SheetTerms } from './sheet-difference.ts';

/** What rate sheets need from outside. */
export interface SheetParts {
  db: Db;
  clock: Clock;
  makeId: MakeId;
  timeZone: string;
  /** ISO 4217 code of rates that name none. */
  currency: string;
}

/** A file of rates as somebody sent it, and from when on it is to hold. */
export interface SheetFile extends SheetTerms {
  name: string;
  bytes: Buffer;
}

/** A sheet whose cells have been read but not yet compared with anything: unpacking needs no transaction. */
export type OpenedSheet =
  | { kind: 'opened'; file: SheetFile; grid: Cell[][] }
  | { kind: 'refused'; reason: string };

/** Unpacks a file. */
export async function openSheet(file: SheetFile): Promise<OpenedSheet> {
  const reading = await readGrid(file.name, file.bytes);
  return reading.kind === 'refused' ? reading : { kind: 'opened', file, grid: reading.rows };
}

/** A draft that was kept, or why none was; then nothing is kept at all. */
export type Drafting =
  | { kind: 'created'; body: { id: string; ignoredColumns: string[] } }
  | { kind: 'refused'; reason: string }
  | { kind: 'bad_cells'; cells: BadCell[] };

/** Checks every cell of a sheet and keeps it as a draft. It changes no rate. */
export async function draftSheet(
  trx: Trx,
  { file, grid }: Extract<OpenedSheet, { kind: 'opened' }>,
  by: string,
  { clock, makeId, timeZone, currency }: SheetParts,
): Promise<Drafting> {
  const produce = await trx.selectFrom('produce').select('id').execute();
  const providers = await trx.selectFrom('providers').select('id').execute();
  const reading = readSheet(grid, {
    produce: produce.map(({ id }) => id),
    providers: new Set(providers.map(({ id }) => id)),
    timeZone,
    currency,
    takesEffectMs: file.takesEffectMs,
  });
  if (reading.kind !== 'rows') return reading;
  const id = makeId();
  await trx
    .insertInto('rate_sheets')
    .values({
      id,
      file_name: file.name.slice(-200),
      file_hash: createHash('sha256').update(file.bytes).digest('hex'),
      takes_effect: isoInstant(file.takesEffectMs),
      unnamed: file.unnamed,
      rows: JSON.stringify(reading.rows),
      uploaded_by: by,
      uploaded_at: isoInstant(clock.now()),
    })
    .execute();
  return { kind: 'created', body: { id, ignoredColumns: reading.ignoredColumns } };
}
