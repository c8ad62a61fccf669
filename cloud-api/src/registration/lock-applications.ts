import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';

/**
 * Takes the one right to add or to decide applications, until the end of the transaction. They are few, and which of two
 * with one e-mail address is first cannot be told while both change. Whoever changes master data too locks that after.
 */
export async function lockApplications(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('applications', 0))`.execute(trx);
}
