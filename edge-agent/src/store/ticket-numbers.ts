import type Database from 'better-sqlite3';
import type { Identity } from './identity.ts';

/**
 * Takes the next ticket number: site code, the last four characters of the incarnation, a gapless counter. A rebuilt
 * database has another incarnation, so it cannot issue a number again. Must run inside the weighing's transaction.
 */
export function ticketNumbers(database: Database.Database, { site, incarnation }: Identity): () => string {
  const next = database
    .prepare<[string], number>(`
      INSERT INTO ticket_counters (incarnation, last_number) VALUES (?, 1)
      ON CONFLICT (incarnation) DO UPDATE SET last_number = last_number + 1
      RETURNING last_number
    `)
    .pluck();
  return () => {
    const number = next.get(incarnation) as number;
    return `${site}-${incarnation.slice(-4)}-${String(number).padStart(6, '0')}`;
  };
}
