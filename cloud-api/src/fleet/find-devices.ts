import type { Db } from '../store/database.ts';

/** Every device that ever said HELLO with what is on file of it, by id. */
export function findDevices(db: Db) {
  return db
    .selectFrom('devices')
    .leftJoin('ingest_positions as position', (join) =>
      join
        .onRef('position.device', '=', 'devices.device')
        .onRef('position.incarnation', '=', 'devices.incarnation'),
    )
    .leftJoin('journal_entries as proven', (join) =>
      join
        .onRef('proven.device', '=', 'position.device')
        .onRef('proven.incarnation', '=', 'position.incarnation')
        .onRef('proven.seq', '=', 'position.contiguous_seq'),
    )
    .leftJoin('device_presence as presence', 'presence.device', 'devices.device')
    .select([
      'devices.device',
      'devices.incarnation',
      'position.contiguous_seq',
      'position.head_hash',
      'proven.received_at as proven_at',
      'last_hello_at',
      'clock_offset_ms',
      'app_version',
      'quarantined_at',
      'quarantine_reason',
      'presence.online',
      'presence.since',
      'presence.heard_at',
      'presence.status',
      'presence.status_at',
      ({ exists, selectFrom }) =>
        exists(
          selectFrom('device_signing_keys')
            .select('device_signing_keys.device')
            .whereRef('device_signing_keys.device', '=', 'devices.device')
            .where('retired_at', 'is', null),
        ).as('has_signing_key'),
    ])
    .orderBy('devices.device');
}

/** One device as {@link findDevices} finds it. */
export type FoundDevice = Awaited<ReturnType<ReturnType<typeof findDevices>['execute']>>[number];
