import type { JournalEntry } from '@weighgate/protocol';
import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import type { Logger } from 'pino';
import type { Trx } from '../store/database.ts';
import type { StatedRow } from './append-rows.ts';
import type { ApplyEntries } from './applied.ts';
import type { Parking } from './park-entry.ts';

interface ApplyParts {
  apply: ApplyEntries;
  log: Logger;
}

/**
 * Applies stored entries in order. All at once when nothing is wrong with any; else each half by itself and so on, so that
 * whatever is wrong with an entry undoes its changes alone and holds up none behind it. What is wrong with the database is
 * thrown.
 * @returns why entries must be parked, by seq
 */
export async function applyRows(
  trx: Trx,
  stated: readonly StatedRow[],
  parts: ApplyParts,
): Promise<Map<number, Parking>> {
  const parked = new Map<number, Parking>();
  const entries: JournalEntry[] = [];
  for (const { row, fact } of stated) {
    if (fact.matter.kind === 'parked') parked.set(row.seq, fact.matter.parking);
    else entries.push(fact.matter.entry);
  }
  await applyHalves(trx, entries, parts, parked);
  return parked;
}

async function applyHalves(
  trx: Trx,
  entries: readonly JournalEntry[],
  parts: ApplyParts,
  parked: Map<number, Parking>,
): Promise<void> {
  const [first] = entries;
  if (first === undefined) return;
  if (entries.length === 1) {
    const parking = await applyOrPark(trx, first, parts);
    if (parking !== undefined) parked.set(first.seq, parking);
    return;
  }
  if (await appliedTogether(trx, entries, parts.apply)) return;
  const middle = Math.ceil(entries.length / 2);
  await applyHalves(trx, entries.slice(0, middle), parts, parked);
  await applyHalves(trx, entries.slice(middle), parts, parked);
}

/** Whether every entry was applied. If not, nothing was. */
async function appliedTogether(
  trx: Trx,
  entries: readonly JournalEntry[],
  apply: ApplyEntries,
): Promise<boolean> {
  await sql`savepoint before_entries`.execute(trx);
  try {
    const applied = await apply(trx, entries);
    if (applied.kind === 'applied') {
      await sql`release savepoint before_entries`.execute(trx);
      return true;
    }
    await undoTo(trx, 'before_entries');
    return false;
  } catch (error) {
    // On a broken connection this throws in its turn, and the whole batch fails, as it should.
    await undoTo(trx, 'before_entries');
    if (!isAboutTheEntry(error)) throw error;
    return false;
  }
}

async function undoTo(trx: Trx, savepoint: string): Promise<void> {
  await sql`rollback to savepoint ${sql.id(savepoint)}`.execute(trx);
  await sql`release savepoint ${sql.id(savepoint)}`.execute(trx);
}

/**
 * Applies one stored entry under a savepoint.
 * @returns why the entry must be parked, nothing of it having been applied; undefined when it was applied
 */
export async function applyOrPark(
  trx: Trx,
  entry: JournalEntry,
  parts: ApplyParts,
): Promise<Parking | undefined> {
  await sql`savepoint before_entry`.execute(trx);
  try {
    const applied = await parts.apply(trx, [entry]);
    if (applied.kind === 'applied') {
      await sql`release savepoint before_entry`.execute(trx);
      return undefined;
    }
    await undoTo(trx, 'before_entry');
    return { reason: applied.reason, detail: applied.detail };
  } catch (error) {
    await undoTo(trx, 'before_entry');
    if (!isAboutTheEntry(error)) throw error;
    parts.log.error({ err: error, seq: entry.seq }, 'entry.apply_failed');
    return { reason: 'apply_failed', detail: (error as Error).message };
  }
}

/** SQLSTATE classes that blame the values: data exception, constraint violation, raised by a trigger. */
const aboutTheValues = /^(22|23|P0)/;

function isAboutTheEntry(error: unknown): boolean {
  if (error instanceof DatabaseError) return aboutTheValues.test(error.code ?? '');
  return true;
}
