import { z } from '@hono/zod-openapi';
import { isoInstant, uuidSchema } from '@weighgate/protocol';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { answerMatchFault, etagOf, ifMatchHeader, matchRefusals } from '../http/if-match.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { onceOf } from '../http/once-of.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerInvalid, answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { endSessionsOf } from './end-sessions.ts';
import { userNameSchema } from './identity-answers.ts';
import type { IdentityParts } from './identity-parts.ts';
import { noteEvent } from './note-event.ts';
import { makePasswordToken } from './password-token.ts';
import { roles } from './role.ts';
import { addUser, changeUser } from './users.ts';

const roleSchema = z.enum(roles);
const passwordTokenSchema = z.object({ token: z.string(), expiresAt: z.string() });
const userSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: roleSchema,
    providerId: z.int().nullable(),
    hasPassword: z.boolean(),
    hasSecondFactor: z.boolean(),
    disabledAt: z.string().nullable(),
    createdAt: z.string(),
    etag: z.string().openapi({ description: 'what a change sends as If-Match' }),
  })
  .openapi('User');

const list = defineRoute({
  method: 'get',
  path: '/users',
  'x-permission': 'users.read',
  summary: 'Users, by id',
  request: { query: pageQueryOf(uuidSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(userSchema)), ...refusals },
});

const add = defineRoute({
  method: 'post',
  path: '/users',
  'x-permission': 'users.write',
  summary: 'Add a user, who sets a password by the one-time token that is answered',
  request: {
    headers: idempotencyHeader,
    body: jsonBody(
      z
        .strictObject({
          name: userNameSchema,
          role: roleSchema,
          providerId: z.int().positive().nullable().default(null),
        })
        .refine(({ role, providerId }) => (role === 'provider') === (providerId !== null), {
          path: ['providerId'],
          message: 'is given for the role provider, and for no other',
        })
        .openapi('NewUser'),
    ),
  },
  responses: {
    201: jsonAnswer('added', z.object({ id: z.string(), passwordToken: passwordTokenSchema })),
    409: problemAnswer('there is a user of this name'),
    ...refusals,
  },
});

const userId = z.object({ id: uuidSchema });

const change = defineRoute({
  method: 'put',
  path: '/users/{id}',
  'x-permission': 'users.write',
  summary:
    'Change the role of a user, disable or enable one, or take a lost second factor away; the sessions end',
  request: {
    params: userId,
    headers: ifMatchHeader,
    body: jsonBody(
      z
        .strictObject({
          role: roleSchema.optional(),
          disabled: z.boolean().optional(),
          withoutSecondFactor: z.boolean().optional(),
        })
        .openapi('ChangedUser'),
    ),
  },
  responses: {
    200: jsonAnswer('changed', z.object({ id: z.string() })),
    404: problemAnswer('no such user'),
    409: problemAnswer('one administrator stays, and a user of a provider stays one'),
    ...matchRefusals,
    ...refusals,
  },
});

const offerPassword = defineRoute({
  method: 'post',
  path: '/users/{id}/password-token',
  'x-permission': 'users.write',
  summary: 'A one-time token by which a user sets a new password within a day',
  request: { params: userId, headers: idempotencyHeader },
  responses: {
    201: jsonAnswer('the token, shown this once', passwordTokenSchema),
    404: problemAnswer('no such user'),
    ...refusals,
  },
});

const endAll = defineRoute({
  method: 'post',
  path: '/users/{id}/end-sessions',
  'x-permission': 'users.write',
  summary: 'End every session of a user',
  request: { params: userId },
  responses: {
    200: jsonAnswer('how many there were', z.object({ ended: z.int() })),
    404: problemAnswer('no such user'),
    ...refusals,
  },
});

const refusalTexts = {
  last_admin: 'this is the only administrator who is not disabled; make another one first',
  provider_stays: 'a user of a provider stays one; add another user for other work',
} as const;

/** What administrators do about users. */
export function userRoutes(parts: IdentityParts) {
  const { db, clock } = parts;
  return makeRouter()
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('users')
        .selectAll()
        .$if(cursor !== undefined, (query) => query.where('user_id', '>', cursor ?? ''))
        .orderBy('user_id')
        .limit(limit + 1)
        .execute();
      const users = rows.map((row) => ({
        id: row.user_id,
        name: row.name,
        role: row.role,
        providerId: row.provider_id,
        hasPassword: row.password_hash !== null,
        hasSecondFactor: row.totp_since !== null,
        disabledAt: row.disabled_at === null ? null : isoInstant(row.disabled_at.getTime()),
        createdAt: isoInstant(row.created_at.getTime()),
        etag: etagOf(row.version),
      }));
      return c.json(
        pageFrom(users, limit, ({ id }) => id),
        200,
      );
    })
    .openapi(add, async (c) => {
      const wish = c.req.valid('json');
      const added = await createOnce(onceOf(c, 'POST /users', wish, parts), async (trx) => {
        const done = await addUser(trx, wish, callerOf(c), parts);
        if (done.kind !== 'added') return done;
        return { kind: 'created' as const, body: { id: done.userId, passwordToken: done.passwordToken } };
      });
      if (added.kind === 'key_reused') return answerKeyReused(c);
      if (added.kind === 'unknown_provider') {
        return answerInvalid(c, [{ path: 'providerId', message: `there is no provider ${wish.providerId}` }]);
      }
      if (added.kind === 'name_taken') {
        return answerProblem(c, 409, {
          code: 'user-name-taken',
          title: 'Name taken',
          detail: `there is already a user named "${wish.name}"`,
        });
      }
      c.header('cache-control', 'no-store');
      return c.json(added.body, 201);
    })
    .openapi(change, async (c) => {
      const { id } = c.req.valid('param');
      const ifMatch = c.req.valid('header')['if-match'];
      const changed = await changeUser(id, c.req.valid('json'), ifMatch, callerOf(c), parts);
      if (changed.kind === 'changed') return c.json({ id }, 200, { etag: etagOf(changed.version) });
      if (changed.kind === 'unknown') return answerUnknown(c, `user ${id}`);
      if (changed.kind === 'not_matched') return answerMatchFault(c, changed.fault);
      const title = 'User not changed';
      return answerProblem(c, 409, {
        code: 'user-not-changed',
        title,
        detail: refusalTexts[changed.kind],
      });
    })
    .openapi(offerPassword, async (c) => {
      const { id } = c.req.valid('param');
      const made = await createOnce(onceOf(c, 'POST /users/password-token', { id }, parts), async (trx) => {
        const user = await trx
          .selectFrom('users')
          .select('user_id')
          .where('user_id', '=', id)
          .forUpdate()
          .executeTakeFirst();
        if (user === undefined) return { kind: 'unknown' as const };
        await noteEvent(trx, { kind: 'password_reset_offered', userId: id, actor: callerOf(c) }, parts);
        return { kind: 'created' as const, body: await makePasswordToken(trx, id, parts) };
      });
      if (made.kind === 'key_reused') return answerKeyReused(c);
      if (made.kind === 'unknown') return answerUnknown(c, `user ${id}`);
      c.header('cache-control', 'no-store');
      return c.json(made.body, 201);
    })
    .openapi(endAll, async (c) => {
      const { id } = c.req.valid('param');
      const actor = callerOf(c);
      const known = await db
        .selectFrom('users')
        .select('user_id')
        .where('user_id', '=', id)
        .executeTakeFirst();
      if (known === undefined) return answerUnknown(c, `user ${id}`);
      const ended = await db.transaction().execute(async (trx) => {
        const sessions = await endSessionsOf(trx, id, 'revoked', clock);
        const event = { userId: id, actor, detail: { sessions } };
        if (sessions > 0) await noteEvent(trx, { kind: 'sessions_ended', ...event }, parts);
        return sessions;
      });
      parts.forgetCallers();
      return c.json({ ended }, 200);
    });
}
