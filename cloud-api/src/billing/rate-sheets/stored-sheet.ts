import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Db, Trx } from '../../store/database.ts';
import type { RateSheetsTable } from '../../store/schema.ts';
import { findAllRates } from '../find-billable.ts';
import type { Rate } from '../rate.ts';
import { sheetRowSchema } from './read-sheet.ts';
import { differenceOf, type RateChange } from './sheet-difference.ts';

/** What a stored sheet would change now, and against which state of the rates. */
export interface SheetDifference {
  rates: Rate[];
  changes: RateChange[];
  /** Produce that is not registered yet. */
  newProduce: string[];
  rowCount: number;
  /** Grows with every change of the rates. */
  ratesVersion: number;
}

const rowsSchema = z.array(sheetRowSchema);

/** Compares a stored sheet with the rates as they stand. */
export async function compareSheet(
  trx: Db | Trx,
  sheet: Selectable<RateSheetsTable>,
  currency: string,
): Promise<SheetDifference> {
  const rows = rowsSchema.parse(JSON.parse(sheet.rows));
  const rates = await findAllRates(trx, currency);
  const produce = await trx.selectFrom('produce').select('id').execute();
  const registered = new Set(produce.map(({ id }) => id));
  return {
    rates,
    changes: differenceOf(rows, rates, {
      takesEffectMs: sheet.takes_effect.getTime(),
      unnamed: sheet.unnamed,
    }),
    newProduce: [...new Set(rows.map((row) => row.produce))].filter((name) => !registered.has(name)),
    rowCount: rows.length,
    ratesVersion: await findRatesVersion(trx),
  };
}

/** Rates are only ever added and withdrawn: how often that happened says which state they are in. */
async function findRatesVersion(trx: Db | Trx): Promise<number> {
  const found = await sql<{ version: number }>`
    select count(*) + count(withdrawn_at) as version from rates`.execute(trx);
  return found.rows[0]?.version ?? 0;
}

/** A stored sheet; undefined when there is none. */
export function findSheet(trx: Db | Trx, id: string) {
  return trx.selectFrom('rate_sheets').selectAll().where('id', '=', id).executeTakeFirst();
}
