import { z } from '@hono/zod-openapi';
import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import { defineRoute } from '../http/define-route.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';

/** What an inbox counts while it runs. */
export interface InboxCounts {
  connected: boolean;
  /** Messages that could not be read and were let go, since the start. */
  discarded: number;
  /** Messages put off because their device had taken more than its share, since the start. */
  putOff: number;
}

const stateSchema = z
  .object({
    connected: z.boolean(),
    discarded: z
      .int()
      .openapi({ description: 'messages that could not be read and were let go, since the start' }),
    putOff: z.int().openapi({
      description: 'messages put off because their device took more than its share, since the start',
    }),
    parked: z.object({
      open: z.int(),
      oldestAt: z.string().nullable().openapi({ description: 'since when the longest parked one is' }),
    }),
    forks: z.int().openapi({ description: 'entries kept aside because they contradict stored ones' }),
    openAlarms: z.int(),
    unverified: z.int().openapi({ description: 'devices heard of for which no signing key is on file' }),
  })
  .openapi('InboxState');

const show = defineRoute({
  method: 'get',
  path: '/inbox',
  'x-permission': 'inbox.read',
  summary: 'How taking in goes: what was let go, put off, parked, forked, and what nobody has seen to',
  responses: { 200: jsonAnswer('the counts of now', stateSchema), ...refusals },
});

export function inboxRoutes({ db, inboxCounts }: { db: Db; inboxCounts: () => InboxCounts }) {
  return makeRouter().openapi(show, async (c) => {
    const found = await sql<{
      parked: number;
      oldest: Date | null;
      forks: number;
      alarms: number;
      unverified: number;
    }>`
      select (select count(*) from open_parked_entries) as parked,
             (select min(parked_at) from open_parked_entries) as oldest,
             (select count(*) from ingest_forks) as forks,
             (select count(*) from alarms where acknowledged_at is null) as alarms,
             (select count(*) from devices d
               where not exists (select from device_signing_keys k
                                  where k.device = d.device and k.retired_at is null)) as unverified`.execute(
      db,
    );
    const [row] = found.rows;
    const oldestAt = row?.oldest == null ? null : isoInstant(row.oldest.getTime());
    return c.json(
      {
        ...inboxCounts(),
        parked: { open: row?.parked ?? 0, oldestAt },
        forks: row?.forks ?? 0,
        openAlarms: row?.alarms ?? 0,
        unverified: row?.unverified ?? 0,
      },
      200,
    );
  });
}
