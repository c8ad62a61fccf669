import { createRoute, z } from '@hono/zod-openapi';
import { deviceIdSchema, isoInstant } from '@weighgate/protocol';
import { jsonAnswer } from '../http/json-content.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';

const deviceSchema = z
  .object({
    device: z.string(),
    incarnation: z.string(),
    upTo: z.int().openapi({ description: 'entries 1 to upTo of this incarnation are committed here' }),
    headHash: z.string().nullable().openapi({ description: 'hash of entry upTo; null before the first' }),
    lastHelloAt: z.string(),
    clockOffsetMs: z.int().openapi({ description: "the device's clock less ours, at its last HELLO" }),
    appVersion: z.string(),
  })
  .openapi('Device');

const list = createRoute({
  method: 'get',
  path: '/devices',
  summary: 'Devices that ever said HELLO, by id',
  request: { query: pageQueryOf(deviceIdSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(deviceSchema)), ...refusals },
});

export function deviceRoutes({ db }: { db: Db }) {
  return makeRouter().openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const rows = await db
      .selectFrom('devices')
      .leftJoin('ingest_positions', (join) =>
        join
          .onRef('ingest_positions.device', '=', 'devices.device')
          .onRef('ingest_positions.incarnation', '=', 'devices.incarnation'),
      )
      .select([
        'devices.device',
        'devices.incarnation',
        'contiguous_seq',
        'ingest_positions.head_hash',
        'last_hello_at',
        'clock_offset_ms',
        'app_version',
      ])
      .$if(cursor !== undefined, (query) => query.where('devices.device', '>', cursor ?? ''))
      .orderBy('devices.device')
      .limit(limit + 1)
      .execute();
    const devices = rows.map((row) => ({
      device: row.device,
      incarnation: row.incarnation,
      upTo: row.contiguous_seq ?? 0,
      headHash: row.head_hash,
      lastHelloAt: isoInstant(row.last_hello_at.getTime()),
      clockOffsetMs: row.clock_offset_ms,
      appVersion: row.app_version,
    }));
    return c.json(
      pageFrom(devices, limit, ({ device }) => device),
      200,
    );
  });
}
