import type { Context } from 'hono';
import { createOnce } from '../http/idempotent.ts';
import type { FieldError } from '../http/problem.ts';
import type { RateStanding } from '../http/rate-limiter.ts';
import type { AppEnv } from '../http/router.ts';
import { placeOf } from '../identity/place-of.ts';
import type { ApplicationFields } from './application-fields.ts';
import { knownProducts } from './known-products.ts';
import { applicationLimit } from './limit-applications.ts';
import { linkPathOf } from './private-link.ts';
import type { RegistrationParts } from './registration-parts.ts';
import { sealedFor, submitApplication } from './submit-application.ts';

/** What came of an application, however it was sent. `linkPath` is null when the key that sealed it is lost. */
export type Received =
  | { kind: 'received'; id: string; reference: string; linkPath: string | null; linkExpiresAt: string }
  | { kind: 'invalid'; errors: FieldError[] }
  | { kind: 'too_many'; standing: RateStanding }
  | { kind: 'key_reused' };

/** Takes an application by the API or by the page: the same limits, the same answer. */
export async function receiveApplication(
  c: Context<AppEnv>,
  { fields, key }: { fields: ApplicationFields; key: string | undefined },
  parts: RegistrationParts,
): Promise<Received> {
  const { db, clock, limiter, seal } = parts;
  const known = new Set(await knownProducts(db));
  const errors = fields.products.flatMap((product, index) =>
    known.has(product) ? [] : [{ path: `products.${index}`, message: `is none of ${[...known].join(', ')}` }],
  );
  if (errors.length > 0) return { kind: 'invalid', errors };
  const standing = await applicationLimit(c, limiter);
  if (standing !== undefined) return { kind: 'too_many', standing };

  const done = await createOnce({ db, clock, route: 'POST /candidates', key, body: fields }, async (trx) => ({
    kind: 'created' as const,
    body: await submitApplication(trx, fields, placeOf(c), parts),
  }));
  if (done.kind === 'key_reused') return { kind: 'key_reused' };
  const { id, reference, sealedToken, linkExpiresAt } = done.body;
  const token = seal.open(sealedToken, sealedFor(id));
  const linkPath = token === undefined ? null : linkPathOf(token);
  return { kind: 'received', id, reference, linkPath, linkExpiresAt };
}
