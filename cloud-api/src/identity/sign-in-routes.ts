import { z } from '@hono/zod-openapi';
import { defineRoute } from '../http/define-route.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerInvalid, answerProblem } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import {
  answerBadToken,
  answerBusy,
  answerPasswordFault,
  answerTokens,
  answerWait,
  codeSchema,
  sentPasswordSchema,
  signInRefusals,
  tokensSchema,
  userNameSchema,
} from './identity-answers.ts';
import type { IdentityParts } from './identity-parts.ts';
import { makeFirstAdmin, setPasswordByToken } from './password-token.ts';
import { placeOf } from './place-of.ts';
import { refreshSession } from './refresh-session.ts';
import { type SignedIn, signIn } from './sign-in.ts';

/** As it is compared: whoever cannot be a user is answered like one who is not known. */
const sentNameSchema = z.string().min(1).max(200);
const loginSchema = z
  .strictObject({ username: sentNameSchema, password: sentPasswordSchema, code: codeSchema.optional() })
  .openapi('Login');
const loginForm = z.strictObject({
  username: sentNameSchema,
  password: sentPasswordSchema,
  code: codeSchema.optional(),
  grant_type: z.string().max(40).optional(),
  scope: z.string().max(200).optional(),
  client_id: z.string().max(200).optional(),
  client_secret: z.string().max(200).optional(),
});
const bearerSchema = z
  .object({ access_token: z.string(), token_type: z.literal('bearer') })
  .openapi('Bearer');

const login = defineRoute({
  method: 'post',
  path: '/login',
  'x-permission': 'public',
  summary: 'Sign in with name and password, and a code where there is a second factor',
  description:
    'JSON is answered with an access and a refresh token; a form as of OAuth 2 with access_token and token_type.',
  request: {
    body: {
      content: {
        'application/json': { schema: loginSchema },
        'application/x-www-form-urlencoded': { schema: loginForm },
      },
    },
  },
  responses: { 200: jsonAnswer('signed in', z.union([tokensSchema, bearerSchema])), ...signInRefusals },
});

const refresh = defineRoute({
  method: 'post',
  path: '/refresh',
  'x-permission': 'public',
  summary: 'A fresh pair of tokens; a refresh token that comes twice ends its session',
  request: { body: jsonBody(z.strictObject({ refreshToken: z.string().max(200) })) },
  responses: { 200: jsonAnswer('the tokens', tokensSchema), ...signInRefusals },
});

const done = z.object({ done: z.literal(true) });
const tokenSchema = z.string().max(200);

const reset = defineRoute({
  method: 'post',
  path: '/reset',
  'x-permission': 'public',
  summary: 'Set a password by a one-time token; every session of the user ends',
  request: { body: jsonBody(z.strictObject({ token: tokenSchema, password: sentPasswordSchema })) },
  responses: { 200: jsonAnswer('it is set', done), ...signInRefusals },
});

const setup = defineRoute({
  method: 'post',
  path: '/setup',
  'x-permission': 'public',
  summary: 'Make the first administrator, by the token that the first run left in the data folder',
  request: {
    body: jsonBody(
      z.strictObject({ token: tokenSchema, username: userNameSchema, password: sentPasswordSchema }),
    ),
  },
  responses: { 201: jsonAnswer('there is one now', done), ...signInRefusals },
});

/** Sign-in, and what leads to it. The only routes of the API that anybody may call. */
export function signInRoutes(parts: IdentityParts) {
  return makeRouter()
    .openapi(login, async (c) => {
      const isForm = /^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '');
      const { username, password, code } = isForm ? c.req.valid('form') : c.req.valid('json');
      if (username === undefined || password === undefined) {
        return answerInvalid(c, [{ path: '(body)', message: 'must have username and password' }]);
      }
      const signedIn = await signIn({ name: username, password, code }, placeOf(c), parts);
      if (signedIn.kind === 'wait') return answerWait(c, signedIn.waitMs);
      if (signedIn.kind === 'busy') return answerBusy(c);
      if (signedIn.kind !== 'signed_in') return answerProblem(c, 401, refusalOf(signedIn));
      const { tokens } = signedIn;
      if (!isForm) return answerTokens(c, tokens);
      c.header('cache-control', 'no-store');
      return c.json({ access_token: tokens.accessToken, token_type: 'bearer' as const }, 200);
    })
    .openapi(refresh, async (c) => {
      const refreshed = await refreshSession(c.req.valid('json').refreshToken, placeOf(c), parts);
      return refreshed.kind === 'refreshed' ? answerTokens(c, refreshed.tokens) : answerBadToken(c);
    })
    .openapi(reset, async (c) => {
      const set = await setPasswordByToken(c.req.valid('json'), placeOf(c), parts);
      if (set.kind === 'set') return c.json({ done: true as const }, 200);
      if (set.kind === 'busy') return answerBusy(c);
      return set.kind === 'refused' ? answerBadToken(c) : answerPasswordFault(c, set.message);
    })
    .openapi(setup, async (c) => {
      const { token, username, password } = c.req.valid('json');
      const set = await makeFirstAdmin({ token, name: username, password }, placeOf(c), parts);
      if (set.kind === 'set') return c.json({ done: true as const }, 201);
      if (set.kind === 'busy') return answerBusy(c);
      return set.kind === 'refused' ? answerBadToken(c) : answerPasswordFault(c, set.message);
    });
}

function refusalOf({ kind }: Pick<SignedIn, 'kind'>) {
  return kind === 'code_needed'
    ? {
        code: 'code-needed',
        title: 'Code needed',
        detail: 'send the code of your authenticator app beside the password',
      }
    : { code: 'sign-in-refused', title: 'Sign-in refused', detail: 'Incorrect username or password' };
}
