import { createRoute, z } from '@hono/zod-openapi';
import { type Clock, deviceIdSchema, isoInstant, plainTextSchema } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { jsonAnswer } from '../http/json-content.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';
import { releaseDevice } from './quarantine.ts';

const deviceSchema = z
  .object({
    device: z.string(),
    incarnation: z.string(),
    upTo: z.int().openapi({ description: 'entries 1 to upTo of this incarnation are committed here' }),
    headHash: z.string().nullable().openapi({ description: 'hash of entry upTo; null before the first' }),
    lastHelloAt: z.string(),
    clockOffsetMs: z.int().openapi({ description: "the device's clock less ours, at its last HELLO" }),
    appVersion: z.string(),
    hasSigningKey: z
      .boolean()
      .openapi({ description: 'false: what it sends is stored, but nobody can verify its signatures' }),
    quarantine: z.object({ since: z.string(), reason: z.string() }).nullable().openapi({
      description: 'while it is set no command is sent to the device; its weighings are taken in',
    }),
  })
  .openapi('Device');

const list = createRoute({
  method: 'get',
  path: '/devices',
  summary: 'Devices that ever said HELLO, by id',
  request: { query: pageQueryOf(deviceIdSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(deviceSchema)), ...refusals },
});

const release = createRoute({
  method: 'post',
  path: '/devices/{device}/release',
  summary: 'End the quarantine of a device, after somebody has looked at it',
  request: {
    params: z.strictObject({ device: deviceIdSchema }),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.strictObject({ by: plainTextSchema(60), why: plainTextSchema(500) }),
        },
      },
    },
  },
  responses: {
    200: jsonAnswer('it was in quarantine, and is not any more', z.object({ device: z.string() })),
    404: problemAnswer('no such device is in quarantine'),
    ...refusals,
  },
});

export function deviceRoutes(parts: { db: Db; clock: Clock; log: Logger }) {
  return makeRouter()
    .openapi(release, async (c) => {
      const { device } = c.req.valid('param');
      const released = await releaseDevice(device, c.req.valid('json'), parts);
      return released ? c.json({ device }, 200) : answerUnknown(c, `device ${device} in quarantine`);
    })
    .openapi(list, async (c) => {
      const { db } = parts;
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
          'quarantined_at',
          'quarantine_reason',
          ({ exists, selectFrom }) =>
            exists(
              selectFrom('device_signing_keys')
                .select('device_signing_keys.device')
                .whereRef('device_signing_keys.device', '=', 'devices.device')
                .where('retired_at', 'is', null),
            ).as('has_signing_key'),
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
        hasSigningKey: row.has_signing_key === true,
        quarantine:
          row.quarantined_at === null || row.quarantine_reason === null
            ? null
            : { since: isoInstant(row.quarantined_at.getTime()), reason: row.quarantine_reason },
      }));
      return c.json(
        pageFrom(devices, limit, ({ device }) => device),
        200,
      );
    });
}
