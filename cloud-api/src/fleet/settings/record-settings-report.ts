import { type Clock, isoInstant, type JournalEntry } from '@weighgate/protocol';
import type { Trx } from '../../store/database.ts';

/** Keeps what a device says came of the settings that were wished for it. */
export async function recordSettingsReport(
  trx: Trx,
  { device, incarnation, seq, uuid, body }: Extract<JournalEntry, { kind: 'settings.changed' }>,
  clock: Clock,
): Promise<void> {
  const { version, outcome, detail, changes } = body;
  const place = { entry_uuid: uuid, device, incarnation, seq };
  const said = { version, outcome, detail, changes: JSON.stringify(changes) };
  await trx
    .insertInto('settings_reports')
    .values({ ...place, ...said, reported_at: isoInstant(clock.now()) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
