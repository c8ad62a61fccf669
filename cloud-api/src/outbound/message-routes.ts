import { z } from '@hono/zod-openapi';
import { type Clock, isoInstant, uuidSchema } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import { defineRoute } from '../http/define-route.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';
import type { OutboundMessagesTable } from '../store/outbound-tables.ts';
import { mailSchema } from './mail.ts';
import { MAX_ATTEMPTS } from './retry-rule.ts';

const messageSchema = z
  .object({
    id: z.string().openapi({ description: 'webhook-id of a webhook, in the Message-ID of a mail' }),
    channel: z.enum(['mail', 'webhook']),
    cause: z.string(),
    receiver: z.string().openapi({ description: 'an e-mail address, or the id of a webhook endpoint' }),
    createdAt: z.string(),
    state: z.enum(['waiting', 'sent', 'failed']),
    attempts: z.int(),
    nextAttemptAt: z.string().nullable(),
    lastDetail: z.string().nullable(),
  })
  .openapi('OutboundMessage');

const attemptSchema = z.object({
  number: z.int(),
  startedAt: z.string(),
  endedAt: z.string(),
  outcome: z.enum(['sent', 'failed']),
  status: z.int().nullable(),
  detail: z.string(),
});

const list = defineRoute({
  method: 'get',
  path: '/messages',
  'x-permission': 'outbound.read',
  summary: 'E-mails and webhooks, oldest first',
  request: {
    query: pageQueryOf(uuidSchema).extend({
      state: z.enum(['waiting', 'sent', 'failed']).optional(),
      channel: z.enum(['mail', 'webhook']).optional(),
    }),
  },
  responses: { 200: jsonAnswer('a page', pageOf(messageSchema)), ...refusals },
});

const one = defineRoute({
  method: 'get',
  path: '/messages/{id}',
  'x-permission': 'outbound.read',
  summary: 'One e-mail or webhook with every attempt to send it',
  description: 'Of a mail its subject and the names of its attachments; what it says is for its receiver.',
  request: { params: z.object({ id: uuidSchema }) },
  responses: {
    200: jsonAnswer(
      'the message',
      messageSchema.extend({
        body: z.string().nullable().openapi({ description: 'of a webhook, as it is signed and sent' }),
        subject: z.string().nullable(),
        attachments: z.array(z.string()),
        log: z.array(attemptSchema),
      }),
    ),
    404: problemAnswer('no such message'),
    ...refusals,
  },
});

const replay = defineRoute({
  method: 'post',
  path: '/messages/{id}/replay',
  'x-permission': 'outbound.replay',
  summary: 'Send a webhook again, or try again what failed, under the same id',
  request: { params: z.object({ id: uuidSchema }) },
  responses: {
    202: jsonAnswer('it is sent again', messageSchema),
    404: problemAnswer('no such message'),
    409: problemAnswer('it waits to be sent as it is, or is a mail that was sent'),
    ...refusals,
  },
});

/** What was sent, what waits, what failed, and how to have it sent again. */
export function messageRoutes({ db, clock }: { db: Db; clock: Clock }) {
  return makeRouter()
    .openapi(list, async (c) => {
      const { limit, cursor, state, channel } = c.req.valid('query');
      let query = db.selectFrom('outbound_messages').selectAll();
      if (cursor !== undefined) query = query.where('message_id', '>', cursor);
      if (state !== undefined) query = query.where('state', '=', state);
      if (channel !== undefined) query = query.where('channel', '=', channel);
      const rows = await query
        .orderBy('message_id')
        .limit(limit + 1)
        .execute();
      return c.json(
        pageFrom(rows.map(viewOf), limit, ({ id }) => id),
        200,
      );
    })
    .openapi(one, async (c) => {
      const { id } = c.req.valid('param');
      const row = await db
        .selectFrom('outbound_messages')
        .selectAll()
        .where('message_id', '=', id)
        .executeTakeFirst();
      if (row === undefined) return answerUnknown(c, `message ${id}`);
      const attempts = await db
        .selectFrom('outbound_attempts')
        .selectAll()
        .where('message_id', '=', id)
        .orderBy('number')
        .execute();
      const mail = row.channel === 'mail' ? mailSchema.parse(JSON.parse(row.content)) : undefined;
      return c.json(
        {
          ...viewOf(row),
          body: mail === undefined ? row.content : null,
          subject: mail?.subject ?? null,
          attachments: mail?.attachments.map(({ fileName }) => fileName) ?? [],
          log: attempts.map(({ message_id: _, started_at, ended_at, ...attempt }) => ({
            ...attempt,
            startedAt: isoInstant(started_at.getTime()),
            endedAt: isoInstant(ended_at.getTime()),
          })),
        },
        200,
      );
    })
    .openapi(replay, async (c) => {
      const { id } = c.req.valid('param');
      const row = await db
        .updateTable('outbound_messages')
        .set({ state: 'waiting', attempts_left: MAX_ATTEMPTS, next_attempt_at: isoInstant(clock.now()) })
        .where('message_id', '=', id)
        .where(({ eb, or, and }) =>
          or([eb('state', '=', 'failed'), and([eb('state', '=', 'sent'), eb('channel', '=', 'webhook')])]),
        )
        .returningAll()
        .executeTakeFirst();
      if (row !== undefined) return c.json(viewOf(row), 202);
      const known = await db
        .selectFrom('outbound_messages')
        .select(['state', 'channel'])
        .where('message_id', '=', id)
        .executeTakeFirst();
      if (known === undefined) return answerUnknown(c, `message ${id}`);
      return answerProblem(c, 409, {
        code: 'not-replayable',
        title: 'Not to be sent again',
        detail:
          known.state === 'waiting'
            ? 'it waits to be sent as it is'
            : 'a mail that was sent is not sent twice; send the document anew',
      });
    });
}

function viewOf(row: Selectable<OutboundMessagesTable>): z.infer<typeof messageSchema> {
  return {
    id: row.message_id,
    channel: row.channel,
    cause: row.cause,
    receiver: row.receiver,
    createdAt: isoInstant(row.created_at.getTime()),
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.state === 'waiting' ? isoInstant(row.next_attempt_at.getTime()) : null,
    lastDetail: row.last_detail,
  };
}
