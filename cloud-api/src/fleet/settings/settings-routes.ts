import { z } from '@hono/zod-openapi';
import {
  deviceIdSchema,
  plainTextSchema,
  remoteSettingsSchema,
  settingsVersionSchema,
} from '@weighgate/protocol';
import { callerOf } from '../../http/caller.ts';
import { defineRoute } from '../../http/define-route.ts';
import { saidBySchema } from '../../http/doer.ts';
import { jsonAnswer } from '../../http/json-content.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../../http/problem.ts';
import { makeRouter } from '../../http/router.ts';
import type { LiveParts } from '../live-routes.ts';
import { signCommand } from '../sign-command.ts';
import { putSettings } from './put-settings.ts';
import { orderOf } from './settings-order.ts';
import { settingsView, settingsViewSchema } from './settings-view.ts';

const params = z.strictObject({ device: deviceIdSchema });

const show = defineRoute({
  method: 'get',
  path: '/devices/{device}/settings',
  'x-permission': 'settings.read',
  summary: 'What is set from afar at a device, and what came of it there',
  request: { params },
  responses: {
    200: jsonAnswer('desired and reported', settingsViewSchema),
    404: problemAnswer('no such device ever said HELLO'),
    ...refusals,
  },
});

const put = defineRoute({
  method: 'put',
  path: '/devices/{device}/settings',
  'x-permission': 'settings.write',
  summary: 'Set, from afar, all that may be: what is left out is as the device itself is configured',
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          /** `version` is the one that was seen as desired, 0 for none. */
          schema: z.strictObject({
            version: settingsVersionSchema,
            settings: remoteSettingsSchema,
            by: saidBySchema(60),
            why: plainTextSchema(500),
          }),
        },
      },
    },
  },
  responses: {
    200: jsonAnswer('it is wished for; the device is told now, or when it comes back', settingsViewSchema),
    404: problemAnswer('no such device ever said HELLO'),
    409: problemAnswer('somebody has set others meanwhile'),
    ...refusals,
  },
});

export function settingsRoutes(parts: Omit<LiveParts, 'live'>) {
  const { db } = parts;
  return makeRouter()
    .openapi(show, async (c) => {
      const { device } = c.req.valid('param');
      const known = await db
        .selectFrom('devices')
        .select('device')
        .where('device', '=', device)
        .executeTakeFirst();
      if (known === undefined) return answerUnknown(c, `device ${device}`);
      return c.json(await settingsView(db, device), 200);
    })
    .openapi(put, async (c) => {
      const { device } = c.req.valid('param');
      const wished = { ...c.req.valid('json'), caller: callerOf(c) };
      const done = await putSettings(device, wished, parts);
      if (done.kind === 'unknown') return answerUnknown(c, `device ${device}`);
      if (done.kind === 'stale') {
        return answerProblem(c, 409, {
          code: 'settings-stale',
          title: 'Settings were changed meanwhile',
          detail: `you have seen version ${wished.version}, and version ${done.version} is wished for now: read it, and decide again`,
        });
      }
      const order = orderOf({ version: done.version, settings: wished.settings });
      const signed = await signCommand(device, order, parts);
      // A device that is away, or in quarantine, is told when it greets the next time and may be commanded.
      if (signed.kind === 'signed') parts.sendCommand(signed.message);
      return c.json(await settingsView(db, device), 200);
    });
}
