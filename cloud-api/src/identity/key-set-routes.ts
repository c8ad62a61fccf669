import { z } from '@hono/zod-openapi';
import { defineRoute } from '../http/define-route.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { makeRouter } from '../http/router.ts';
import type { IdentityParts } from './identity-parts.ts';

const keySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
});

const keySet = defineRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  'x-permission': 'public',
  summary:
    'The public keys of access tokens: of now, of the day before a key begins, and of the day after it ended',
  responses: { 200: jsonAnswer('the keys', z.object({ keys: z.array(keySchema) })) },
});

export function keySetRoutes({ keys }: Pick<IdentityParts, 'keys'>) {
  return makeRouter().openapi(keySet, async (c) => {
    c.header('cache-control', 'public, max-age=300');
    return c.json({ keys: (await keys()).shown }, 200);
  });
}
