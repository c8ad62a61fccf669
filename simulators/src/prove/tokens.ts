import { startHttpServer } from '@weighgate/cloud-api/src/http/http-server.ts';
import { type AttackMaterial, tokenAttacks } from '@weighgate/cloud-api/src/identity/token-attacks.ts';
import { systemClock } from '@weighgate/protocol';
import { z } from 'zod';
import { type Claim, outcomeOf } from './claims.ts';
import type { ProofOutcome } from './proof.ts';
import { openTriedCloud, type TriedCloud } from './tried-cloud.ts';

const MIN_ATTACKS = 40;
const PATH = '/api/billing/providers';
const claimsSchema = z.looseObject({ sub: z.string(), sid: z.string() });

/**
 * Forged, borrowed, spoiled and badly issued access tokens are sent over a real socket to a route that the rightful token
 * opens: none is accepted, and each is refused as one who is not known.
 */
export async function proveTokens(): Promise<ProofOutcome> {
  await using tried = await openTriedCloud();
  const { app } = tried.cloud;
  await using server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    fetch: (request) => app.fetch(request),
    clock: systemClock,
  });
  const askWith = async (token: string) => {
    try {
      const answer = await fetch(`${server.url}${PATH}`, { headers: { authorization: `Bearer ${token}` } });
      await answer.body?.cancel();
      return answer.status;
    } catch (error) {
      // Some tokens cannot stand in a header at all; they never leave the client.
      if (error instanceof TypeError) return 'not sent';
      throw error;
    }
  };
  const rightful = tried.tokens.get('admin') ?? '';
  const before = await askWith(rightful);
  const outcomes: [string, number | 'not sent'][] = [];
  for (const attack of tokenAttacks)
    outcomes.push([
      `${attack.row}: ${attack.name}`,
      await askWith(attack.make(await materialOf(tried, rightful))),
    ]);
  const sent = outcomes.filter(([, status]) => status !== 'not sent');
  const accepted = sent.filter(([, status]) => status !== 401 && status !== 431);
  const after = await askWith(rightful);
  const claims: Claim[] = [
    [
      `the rightful token opens ${PATH} before and after: ${before} and ${after}`,
      before === 200 && after === 200,
    ],
    [`${sent.length} attacks were made, at least ${MIN_ATTACKS}`, sent.length >= MIN_ATTACKS],
    [
      `none was accepted; all were answered 401, or 431 when too long for a header: ${accepted.length} were not`,
      accepted.length === 0,
    ],
    ...accepted.map(([name, status]): Claim => [`${name} was answered ${status}`, false]),
    ['not tried: refresh tokens and sign-in, which have tests of their own; guessing of keys', true],
  ];
  return outcomeOf('tokens', claims);
}

/** What a careless issuer and an attacker together might have. @throws Error when the signing key is not shown */
async function materialOf({ cloud }: TriedCloud, rightful: string): Promise<AttackMaterial> {
  const keys = await cloud.identity.parts.keys();
  const { kid, key: signingKey } = keys.signing;
  const publicKey = keys.verifying.get(kid);
  if (publicKey === undefined) throw new Error('the signing key is not among the public ones');
  const [, payload = ''] = rightful.split('.');
  const claims = claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  return {
    kid,
    signingKey,
    publicPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    publicBytes: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
    claims,
    nowMs: cloud.identity.parts.clock.now(),
  };
}
