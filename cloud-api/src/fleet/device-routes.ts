import { z } from '@hono/zod-openapi';
import { type Clock, deviceIdSchema, type MakeId, plainTextSchema } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { saidBySchema } from '../http/doer.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';
import { deviceSchema, deviceView } from './device-view.ts';
import { findDevices } from './find-devices.ts';
import { releaseDevice } from './quarantine.ts';

const list = defineRoute({
  method: 'get',
  path: '/devices',
  'x-permission': 'devices.read',
  summary: 'Devices that ever said HELLO, by id',
  request: { query: pageQueryOf(deviceIdSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(deviceSchema)), ...refusals },
});

const one = defineRoute({
  method: 'get',
  path: '/devices/{device}',
  'x-permission': 'devices.read',
  summary: 'How a device stands: what is proven here, and what it last said of itself',
  request: { params: z.strictObject({ device: deviceIdSchema }) },
  responses: {
    200: jsonAnswer('the device', deviceSchema),
    404: problemAnswer('no such device ever said HELLO'),
    ...refusals,
  },
});

const release = defineRoute({
  method: 'post',
  path: '/devices/{device}/release',
  'x-permission': 'devices.release',
  summary: 'End the quarantine of a device, after somebody has looked at it',
  request: {
    params: z.strictObject({ device: deviceIdSchema }),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.strictObject({ by: saidBySchema(60), why: plainTextSchema(500) }),
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

export function deviceRoutes(parts: { db: Db; clock: Clock; makeId: MakeId; log: Logger }) {
  return makeRouter()
    .openapi(release, async (c) => {
      const { device } = c.req.valid('param');
      const released = await releaseDevice(device, { ...c.req.valid('json'), caller: callerOf(c) }, parts);
      return released ? c.json({ device }, 200) : answerUnknown(c, `device ${device} in quarantine`);
    })
    .openapi(one, async (c) => {
      const { device } = c.req.valid('param');
      const row = await findDevices(parts.db).where('devices.device', '=', device).executeTakeFirst();
      if (row === undefined) return answerUnknown(c, `device ${device}`);
      return c.json(deviceView(row, parts.clock.now()), 200);
    })
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await findDevices(parts.db)
        .$if(cursor !== undefined, (query) => query.where('devices.device', '>', cursor ?? ''))
        .limit(limit + 1)
        .execute();
      const devices = rows.map((row) => deviceView(row, parts.clock.now()));
      return c.json(
        pageFrom(devices, limit, ({ device }) => device),
        200,
      );
    });
}
