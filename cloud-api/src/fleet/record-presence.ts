import { type Clock, type DeviceState, isoInstant } from '@weighgate/protocol';
import type { Db } from '../store/database.ts';
import { judgePresence, type PresenceStep } from './presence-rule.ts';

/**
 * Keeps what a device said of itself, unless it is about a connection that another one has replaced.
 * @param retained whether the broker had kept it: then it was said some time ago, by the device's clock
 */
export async function recordPresence(
  device: string,
  said: DeviceState,
  retained: boolean,
  { db, clock }: { db: Db; clock: Clock },
): Promise<PresenceStep> {
  return db.transaction().execute(async (trx): Promise<PresenceStep> => {
    const known = await trx
      .selectFrom('device_presence')
      .select(['boot_id', 'connected_ms', 'online', 'since'])
      .where('device', '=', device)
      .forUpdate()
      .executeTakeFirst();
    const boots = await trx
      .selectFrom('device_boots')
      .select('boot_id')
      .where('device', '=', device)
      .where('boot_id', 'in', [said.bootId, known?.boot_id ?? said.bootId])
      .orderBy('first_heard')
      .execute();
    const isOlder = boots.length === 2 && boots[0]?.boot_id === said.bootId;
    const connection =
      known === undefined
        ? undefined
        : { bootId: known.boot_id, connectedMs: known.connected_ms, online: known.online };
    if (judgePresence(connection, said, isOlder) === 'late') return 'late';
    const isSameWord = known?.online === said.online && known.connected_ms === (said.connectedMonoMs ?? null);
    if (retained && isSameWord) return 'late';
    const now = isoInstant(retained ? Math.min(clock.now(), Date.parse(said.at)) : clock.now());
    const isChange = known === undefined || known.online !== said.online;
    const row = {
      incarnation: said.incarnation,
      boot_id: said.bootId,
      connected_ms: said.connectedMonoMs ?? null,
      online: said.online,
      since: isChange ? now : isoInstant(known.since.getTime()),
      heard_at: now,
      // A will and a goodbye say nothing of how it is: what was said before stands, with its age.
      ...(said.status === undefined ? {} : { status: JSON.stringify(said.status), status_at: now }),
    };
    await trx
      .insertInto('device_presence')
      .values({ device, status: null, status_at: null, ...row })
      .onConflict((conflict) => conflict.column('device').doUpdateSet(row))
      .execute();
    return 'taken';
  });
}
