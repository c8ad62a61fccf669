import assert from 'node:assert/strict';
import { z } from '@hono/zod-openapi';
import { isoInstant, uuidSchema } from '@weighgate/protocol';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { changeOwnPassword } from './change-own-password.ts';
import { endSessions } from './end-sessions.ts';
import { answerBusy, answerPasswordFault, codeSchema, sentPasswordSchema } from './identity-answers.ts';
import type { IdentityParts } from './identity-parts.ts';
import { noteEvent } from './note-event.ts';
import { beginSecondFactor, confirmSecondFactor, endSecondFactor } from './own-second-factor.ts';
import { placeOf } from './place-of.ts';

const own = { 'x-permission': 'account.own', 'x-own-data': true } as const;
const done = z.object({ done: z.literal(true) });

const me = defineRoute({
  method: 'get',
  path: '/me',
  ...own,
  summary: 'Who is signed in, and what they may do',
  responses: {
    200: jsonAnswer(
      'the caller',
      z.object({
        id: z.string(),
        name: z.string(),
        role: z.string().nullable(),
        providerId: z.int().nullable(),
        permissions: z.array(z.string()),
      }),
    ),
    ...refusals,
  },
});

const logout = defineRoute({
  method: 'post',
  path: '/logout',
  ...own,
  summary: 'End this session: its tokens are worth nothing from now on',
  responses: { 200: jsonAnswer('it has ended', done), ...refusals },
});

const sessionSchema = z
  .object({
    id: z.string(),
    isThisOne: z.boolean(),
    startedAt: z.string(),
    lastUsedAt: z.string(),
    device: z.string().openapi({ description: 'what the browser calls itself' }),
    address: z.string(),
  })
  .openapi('SignInSession');

const sessions = defineRoute({
  method: 'get',
  path: '/sessions',
  ...own,
  summary: 'Where one is signed in, newest first',
  responses: { 200: jsonAnswer('at most five', z.object({ items: z.array(sessionSchema) })), ...refusals },
});

const revoke = defineRoute({
  method: 'delete',
  path: '/sessions/{id}',
  ...own,
  summary: 'End one of the own sessions',
  request: { params: z.object({ id: uuidSchema }) },
  responses: { 200: jsonAnswer('it has ended', done), 404: problemAnswer('no such session'), ...refusals },
});

const password = defineRoute({
  method: 'post',
  path: '/password',
  ...own,
  summary: 'Change the own password; every other session ends',
  request: {
    body: jsonBody(z.strictObject({ current: sentPasswordSchema, password: sentPasswordSchema })),
  },
  responses: {
    200: jsonAnswer('it is changed', done),
    409: problemAnswer('the current password is another one'),
    429: problemAnswer('too many wrong ones; Retry-After says how long to wait'),
    503: problemAnswer('too many at once; try again'),
    ...refusals,
  },
});

const beginTotp = defineRoute({
  method: 'post',
  path: '/totp',
  ...own,
  summary: 'Begin a second factor: a secret for an authenticator app, confirmed by its first code',
  request: { body: jsonBody(z.strictObject({ password: sentPasswordSchema })) },
  responses: {
    201: jsonAnswer('shown this once', z.object({ secret: z.string(), uri: z.string() })),
    409: problemAnswer('the password is another one, or there is a second factor already'),
    ...refusals,
  },
});

const confirmTotp = defineRoute({
  method: 'post',
  path: '/totp/confirm',
  ...own,
  summary: 'Turn the second factor on by a code of the app',
  request: { body: jsonBody(z.strictObject({ code: codeSchema })) },
  responses: {
    200: jsonAnswer('shown this once', z.object({ recoveryCodes: z.array(z.string()) })),
    409: problemAnswer('no such code, or nothing was begun'),
    ...refusals,
  },
});

const endTotp = defineRoute({
  method: 'post',
  path: '/totp/remove',
  ...own,
  summary: 'Turn the second factor off',
  request: { body: jsonBody(z.strictObject({ password: sentPasswordSchema, code: codeSchema })) },
  responses: {
    200: jsonAnswer('it is off', done),
    409: problemAnswer('wrong password or code'),
    ...refusals,
  },
});

const notProven = {
  code: 'not-proven',
  title: 'Not proven',
  detail: 'the password or the code is another one, or this was done already',
};

/** What users do about their own account. */
export function accountRoutes(parts: IdentityParts) {
  const { db, clock } = parts;
  return makeRouter()
    .openapi(me, (c) => {
      const { id, name, role, providerId, permissions } = callerOf(c);
      return c.json({ id, name, role, providerId, permissions: [...permissions] }, 200);
    })
    .openapi(logout, async (c) => {
      const caller = callerOf(c);
      assert(caller.sessionId !== null, 'only a user holds account.own');
      const { sessionId } = caller;
      const event = { userId: caller.id, actor: caller, place: placeOf(c) };
      await db.transaction().execute(async (trx) => {
        await endSessions(trx, [sessionId], 'signed_out', clock);
        await noteEvent(trx, { kind: 'signed_out', ...event }, parts);
      });
      parts.forgetCallers();
      return c.json({ done: true as const }, 200);
    })
    .openapi(sessions, async (c) => {
      const caller = callerOf(c);
      const rows = await db
        .selectFrom('sign_in_sessions')
        .selectAll()
        .where('user_id', '=', caller.id)
        .where('ended_at', 'is', null)
        .orderBy('started_at', 'desc')
        .execute();
      const items = rows.map((row) => ({
        id: row.session_id,
        isThisOne: row.session_id === caller.sessionId,
        startedAt: isoInstant(row.started_at.getTime()),
        lastUsedAt: isoInstant(row.last_used_at.getTime()),
        device: row.user_agent,
        address: row.address,
      }));
      return c.json({ items }, 200);
    })
    .openapi(revoke, async (c) => {
      const caller = callerOf(c);
      const { id } = c.req.valid('param');
      const found = await db
        .selectFrom('sign_in_sessions')
        .select('session_id')
        .where('session_id', '=', id)
        .where('user_id', '=', caller.id)
        .where('ended_at', 'is', null)
        .executeTakeFirst();
      if (found === undefined) return answerUnknown(c, `session ${id} of yours`);
      const event = { userId: caller.id, actor: caller, place: placeOf(c), detail: { sessionId: id } };
      await db.transaction().execute(async (trx) => {
        await endSessions(trx, [id], 'revoked', clock);
        await noteEvent(trx, { kind: 'session_revoked', ...event }, parts);
      });
      parts.forgetCallers();
      return c.json({ done: true as const }, 200);
    })
    .openapi(password, async (c) => {
      const changed = await changeOwnPassword(callerOf(c), c.req.valid('json'), placeOf(c), parts);
      switch (changed.kind) {
        case 'set':
          return c.json({ done: true as const }, 200);
        case 'busy':
          return answerBusy(c);
        case 'fault':
          return answerPasswordFault(c, changed.message);
        case 'refused':
          return answerProblem(c, 409, notProven);
      }
    })
    .openapi(beginTotp, async (c) => {
      const begun = await beginSecondFactor(callerOf(c), c.req.valid('json').password, parts);
      if (begun === undefined) return answerProblem(c, 409, notProven);
      c.header('cache-control', 'no-store');
      return c.json(begun, 201);
    })
    .openapi(confirmTotp, async (c) => {
      const recoveryCodes = await confirmSecondFactor(
        callerOf(c),
        c.req.valid('json').code,
        placeOf(c),
        parts,
      );
      if (recoveryCodes === undefined) return answerProblem(c, 409, notProven);
      c.header('cache-control', 'no-store');
      return c.json({ recoveryCodes }, 200);
    })
    .openapi(endTotp, async (c) => {
      const ended = await endSecondFactor(callerOf(c), c.req.valid('json'), placeOf(c), parts);
      return ended ? c.json({ done: true as const }, 200) : answerProblem(c, 409, notProven);
    });
}
