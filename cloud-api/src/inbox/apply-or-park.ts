import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import type { Logger } from 'pino';
import type { Trx } from '../store/database.ts';
import type { ApplyEntry } from './applied.ts';
import type { Parking } from './park-entry.ts';
import type { ProvenRow } from './plan-batch.ts';

/**
 * Applies one stored entry under a savepoint. Whatever is wrong with the entry itself undoes its changes and parks it,
 * so that it never holds up the entries behind it. What is wrong with the database is thrown.
 * @returns why the entry must be parked; undefined when it was applied
 */
export async function applyOrPark(
  trx: Trx,
  row: ProvenRow,
  repeatsUuid: boolean,
  parts: { apply: ApplyEntry; log: Logger },
): Promise<Parking | undefined> {
  if (repeatsUuid) {
    return { reason: 'repeated_uuid', detail: 'the same fact is already stored at another place in a chain' };
  }
  if (row.reading.kind === 'unknown') return { reason: 'unknown_kind', detail: row.reading.reason };
  await sql`savepoint before_entry`.execute(trx);
  try {
    const applied = await parts.apply(trx, row.reading.entry);
    if (applied.kind === 'applied') {
      await sql`release savepoint before_entry`.execute(trx);
      return undefined;
    }
    await sql`rollback to savepoint before_entry`.execute(trx);
    return { reason: applied.reason, detail: applied.detail };
  } catch (error) {
    // On a broken connection this throws in its turn, and the whole batch fails, as it should.
    await sql`rollback to savepoint before_entry`.execute(trx);
    if (!isAboutTheEntry(error)) throw error;
    parts.log.error({ err: error, seq: row.seq }, 'entry.apply_failed');
    return { reason: 'apply_failed', detail: (error as Error).message };
  }
}

/** SQLSTATE classes that blame the values: data exception, constraint violation, raised by a trigger. */
const aboutTheValues = /^(22|23|P0)/;

function isAboutTheEntry(error: unknown): boolean {
  if (error instanceof DatabaseError) return aboutTheValues.test(error.code ?? '');
  return true;
}
