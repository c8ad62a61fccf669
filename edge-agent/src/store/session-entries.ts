import { genesisHash, hashFollows, type JournalEntry, readEntry } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { RecordCorruptError } from './record-corrupt.ts';

/**
 * The entries of a session's weighings, oldest first, each proven against the one before it.
 * @throws RecordCorruptError when one is not what was stored
 */
export function weighingEntriesOf(database: Database.Database, sessionId: string): JournalEntry[] {
  const rows = database
    .prepare<
      [string],
      { seq: number; hash: string; text: string; before: string | null; device: string; incarnation: string }
    >(`
      SELECT journal.seq, journal.hash, journal.entry_text AS text, journal.incarnation, identity.device,
             (SELECT hash FROM journal AS earlier WHERE earlier.position = journal.position - 1) AS before
      FROM weighing_sessions AS session
      JOIN journal ON journal.uuid IN (session.first_weight_id, session.second_weight_id)
      CROSS JOIN identity
      WHERE session.session_id = ? ORDER BY journal.position
    `)
    .all(sessionId);
  return rows.map(({ seq, hash, text, before, device, incarnation }) => {
    const previous = seq === 1 ? genesisHash(device, incarnation) : before;
    const reading = readEntry(text);
    if (previous === null || !hashFollows(previous, text, hash) || reading.kind !== 'known')
      throw new RecordCorruptError(
        `entry ${seq}`,
        'its hash does not follow from the entry before and its text',
      );
    return reading.entry;
  });
}
