import { z } from '@hono/zod-openapi';
import { type Clock, isoInstant, type MakeId, plainTextSchema, uuidSchema } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import { recordChange } from '../audit/record-change.ts';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { doerNameOf, saidBySchema } from '../http/doer.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';
import type { AlarmsTable } from '../store/journal-tables.ts';

const alarmSchema = z
  .object({
    id: z.string(),
    code: z.string(),
    device: z.string(),
    incarnation: z.string().nullable(),
    seq: z.int().nullable(),
    detail: z.string(),
    raisedAt: z.string(),
    lastSeenAt: z.string(),
    times: z.int().openapi({ description: 'how often it was seen while open' }),
    acknowledged: z
      .object({ at: z.string(), by: z.string(), why: z.string() })
      .nullable()
      .openapi({ description: 'null while nobody has seen to it' }),
  })
  .openapi('Alarm');

const list = defineRoute({
  method: 'get',
  path: '/alarms',
  'x-permission': 'alarms.read',
  summary: 'Alarms, the newest first; those nobody has seen to, unless all are asked for',
  request: {
    query: pageQueryOf(uuidSchema).extend({ state: z.enum(['open', 'all']).default('open') }),
  },
  responses: { 200: jsonAnswer('a page', pageOf(alarmSchema)), ...refusals },
});
const acknowledge = defineRoute({
  method: 'post',
  path: '/alarms/{id}/acknowledge',
  'x-permission': 'alarms.acknowledge',
  summary: 'Say that somebody has seen to an alarm; seen again, it is a new one',
  request: {
    params: z.strictObject({ id: uuidSchema }),
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
    200: jsonAnswer('the alarm', alarmSchema),
    404: problemAnswer('no such alarm'),
    409: problemAnswer('somebody has seen to it already'),
    ...refusals,
  },
});

export function alarmRoutes(parts: { db: Db; clock: Clock; makeId: MakeId }) {
  const { db, clock } = parts;
  return makeRouter()
    .openapi(list, async (c) => {
      const { limit, cursor, state } = c.req.valid('query');
      const rows = await db
        .selectFrom('alarms')
        .selectAll()
        .$if(state === 'open', (query) => query.where('acknowledged_at', 'is', null))
        .$if(cursor !== undefined, (query) => query.where('id', '<', cursor ?? ''))
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return c.json(
        pageFrom(rows.map(viewOf), limit, ({ id }) => id),
        200,
      );
    })
    .openapi(acknowledge, async (c) => {
      const { id } = c.req.valid('param');
      const { by, why } = c.req.valid('json');
      const caller = callerOf(c);
      const said = { acknowledged_by: doerNameOf(caller, by), acknowledged_why: why };
      const row = await db.transaction().execute(async (trx) => {
        const acknowledged = await trx
          .updateTable('alarms')
          .set({ acknowledged_at: isoInstant(clock.now()), ...said })
          .where('id', '=', id)
          .where('acknowledged_at', 'is', null)
          .returningAll()
          .executeTakeFirst();
        if (acknowledged === undefined) return undefined;
        const { code, device, detail } = acknowledged;
        const change = { subject: { kind: 'alarm', id }, before: null, after: { code, device, detail } };
        await recordChange(
          trx,
          { by: caller, action: 'alarm.acknowledged', ...change, why, askedBy: by },
          parts,
        );
        return acknowledged;
      });
      if (row !== undefined) return c.json(viewOf(row), 200);
      const before = await db.selectFrom('alarms').selectAll().where('id', '=', id).executeTakeFirst();
      const seen = before === undefined ? null : viewOf(before).acknowledged;
      if (seen === null) return answerUnknown(c, `alarm ${id}`);
      return answerProblem(c, 409, {
        code: 'alarm-acknowledged',
        title: 'Alarm already acknowledged',
        detail: `${seen.by} has seen to it at ${seen.at}: ${seen.why}`,
      });
    });
}

function viewOf(row: Selectable<AlarmsTable>): z.infer<typeof alarmSchema> {
  const { acknowledged_at: at, acknowledged_by: by, acknowledged_why: why } = row;
  return {
    id: row.id,
    code: row.code,
    device: row.device,
    incarnation: row.incarnation,
    seq: row.seq,
    detail: row.detail,
    raisedAt: isoInstant(row.raised_at.getTime()),
    lastSeenAt: isoInstant(row.last_seen_at.getTime()),
    times: row.times,
    acknowledged:
      at === null || by === null || why === null ? null : { at: isoInstant(at.getTime()), by, why },
  };
}
