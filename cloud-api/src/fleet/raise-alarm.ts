import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';

/** What a person has to look at, by the word it is counted by. */
export type AlarmCode =
  /** Two entries claim one place of a chain. */
  | 'fork'
  /** A device sent what cannot be what it claims to be. */
  | 'rejected'
  /** Messages came on a topic of another device than they name. */
  | 'wrong_device'
  /** Two machines speak under one name. */
  | 'duplicate_device'
  /** A device holds less of its own chain than we do: an older image of it is running. */
  | 'device_behind'
  /** A chain that another one had replaced goes on. */
  | 'chain_returned'
  /** What a device vouched for at the end of a shift is not what is stored. */
  | 'shift_incomplete'
  /** Two different facts have one id. */
  | 'fact_conflict'
  /** One number stands on the tickets of two sessions. */
  | 'ticket_twice'
  /** Stored entries were not applied. */
  | 'entries_parked'
  /** A stored text is no longer the one that was stored. */
  | 'stored_entry_damaged'
  /** A device signs with another key than those it was enrolled with. */
  | 'unknown_key'
  /** Signatures come from a key that was revoked, and no other is known. */
  | 'retired_key'
  /** What was delivered is not what was billed and what is still to be: raised for the cloud itself. */
  | 'books_differ';

export interface Alarm {
  code: AlarmCode;
  device: string;
  /** Null when it is about the device and not about one chain. */
  incarnation: string | null;
  seq: number | null;
  /** What was seen, in words. */
  detail: string;
}

/**
 * Raises an alarm. One that is open already for the same chain counts on and takes the newest words, so that what goes
 * on being wrong stays one line to look at.
 */
export async function raiseAlarm(
  trx: Trx,
  alarm: Alarm,
  { clock, makeId }: { clock: Clock; makeId: MakeId },
): Promise<void> {
  const at = isoInstant(clock.now());
  await sql`
    insert into alarms (id, code, device, incarnation, seq, detail, raised_at, last_seen_at, times)
    values (${makeId()}, ${alarm.code}, ${alarm.device}, ${alarm.incarnation}, ${alarm.seq}, ${alarm.detail}, ${at}, ${at}, 1)
    on conflict (code, device, coalesce(incarnation, '00000000-0000-0000-0000-000000000000'))
      where acknowledged_at is null
    do update set times = alarms.times + 1, seq = excluded.seq, detail = excluded.detail,
                  last_seen_at = excluded.last_seen_at`.execute(trx);
}
