import { z } from '@hono/zod-openapi';
import { isoInstant, plainTextSchema } from '@weighgate/protocol';
import type { Context } from 'hono';
import { recordChange } from '../../audit/record-change.ts';
import { callerOf } from '../../http/caller.ts';
import { defineRoute } from '../../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../../http/idempotent.ts';
import { instantParameter } from '../../http/instant.ts';
import { jsonAnswer, jsonBody } from '../../http/json-content.ts';
import { answerKeyReused } from '../../http/key-reused.ts';
import { onceOf } from '../../http/once-of.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../../http/problem.ts';
import { type AppEnv, makeRouter } from '../../http/router.ts';
import { providerIdSchema } from '../../registry/provider-routes.ts';
import type { Db, Trx } from '../../store/database.ts';
import { percentTextSchema } from '../vat.ts';
import type { StoreParts } from './store-bill.ts';

const said = z.object({ validFrom: z.string() });
const taxId = plainTextSchema(40).nullable();
const address = plainTextSchema(500).nullable();

/** What is said again counts from its beginning on: nothing is edited, and an issued bill keeps what it was made by. */
const routesOf = (timeZone: string) => {
  const validFrom = instantParameter(timeZone);
  const answers = { 201: jsonAnswer('said', said), ...refusals };
  const ofProvider = z.object({ id: providerIdSchema });
  return {
    buyer: defineRoute({
      method: 'post',
      path: '/buyer-details',
      'x-permission': 'bills.issue',
      summary: 'Say who we are on bills issued from an instant on, and how they are rounded',
      request: {
        headers: idempotencyHeader,
        body: jsonBody(
          z
            .strictObject({
              validFrom,
              name: plainTextSchema(255),
              taxId,
              address,
              rounding: z.enum(['half_away', 'half_even']).default('half_away'),
            })
            .openapi('NewBuyerDetails'),
        ),
      },
      responses: answers,
    }),
    vatRate: defineRoute({
      method: 'post',
      path: '/vat-rates',
      'x-permission': 'bills.issue',
      summary: 'Say which percentage of VAT holds for deliveries weighed out from an instant on',
      request: {
        headers: idempotencyHeader,
        body: jsonBody(
          z
            .strictObject({ validFrom, category: z.enum(['standard', 'zero']), percent: percentTextSchema })
            .openapi('NewVatRate'),
        ),
      },
      responses: answers,
    }),
    taxDetails: defineRoute({
      method: 'post',
      path: '/providers/{id}/tax-details',
      'x-permission': 'bills.issue',
      summary: 'Say what bills issued from an instant on name of a provider, and which VAT they bear',
      request: {
        params: ofProvider,
        headers: idempotencyHeader,
        body: jsonBody(
          z
            .strictObject({
              validFrom,
              taxId,
              address,
              vat: z.enum(['standard', 'zero', 'exempt', 'not_charged']),
            })
            .openapi('NewTaxDetails'),
        ),
      },
      responses: { ...answers, 404: problemAnswer('no such provider') },
    }),
    agreement: defineRoute({
      method: 'post',
      path: '/providers/{id}/self-billing-agreements',
      'x-permission': 'bills.issue',
      summary: 'Record an agreement under which we make out the tax invoices of a provider',
      request: {
        params: ofProvider,
        headers: idempotencyHeader,
        body: jsonBody(
          z
            .strictObject({ validFrom, validTo: validFrom.nullable(), reference: plainTextSchema(120) })
            .refine((given) => given.validTo === null || given.validTo > given.validFrom, {
              path: ['validTo'],
              message: 'must be after validFrom',
            })
            .openapi('NewSelfBillingAgreement'),
        ),
      },
      responses: {
        ...answers,
        404: problemAnswer('no such provider'),
        409: problemAnswer('another agreement holds for a part of this time'),
      },
    }),
  };
};

/** What is said, of whom; `body` is all that came in. */
interface Fact {
  kind: string;
  providerId: number | null;
  body: object;
}

export function termsRoutes(parts: StoreParts & { db: Db; timeZone: string }) {
  const { db, clock, makeId } = parts;
  const routes = routesOf(parts.timeZone);
  const isProvider = async (id: number) =>
    (await db.selectFrom('providers').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
  /** Writes something down and answers for it in the audit chain, in one transaction, once for an idempotency key. */
  const say = (
    c: Context<AppEnv>,
    { kind, providerId, body }: Fact,
    after: { valid_from: string },
    write: (trx: Trx) => Promise<unknown>,
  ) => {
    const once = onceOf(c, `POST of ${kind}`, { providerId, body }, { db, clock });
    return createOnce<z.infer<typeof said>, never>(once, async (trx) => {
      await write(trx);
      const subject = { kind, id: providerId };
      await recordChange(
        trx,
        { by: callerOf(c), action: `${kind}.said`, subject, before: null, after },
        parts,
      );
      return { kind: 'created', body: { validFrom: after.valid_from } };
    });
  };
  const stamp = (c: Context<AppEnv>) => ({ said_by: callerOf(c).name, said_at: isoInstant(clock.now()) });

  return makeRouter()
    .openapi(routes.buyer, async (c) => {
      const body = c.req.valid('json');
      const { validFrom, name, taxId: tax_id, address, rounding } = body;
      const row = { valid_from: isoInstant(validFrom), name, tax_id, address, rounding, ...stamp(c) };
      const done = await say(c, { kind: 'buyer_details', providerId: null, body }, row, (trx) =>
        trx.insertInto('buyer_details').values(row).execute(),
      );
      return done.kind === 'created' ? c.json(done.body, 201) : answerKeyReused(c);
    })
    .openapi(routes.vatRate, async (c) => {
      const body = c.req.valid('json');
      const { validFrom, category, percent } = body;
      const row = { id: makeId(), valid_from: isoInstant(validFrom), category, percent, ...stamp(c) };
      const done = await say(c, { kind: 'vat_rate', providerId: null, body }, row, (trx) =>
        trx.insertInto('vat_rates').values(row).execute(),
      );
      return done.kind === 'created' ? c.json(done.body, 201) : answerKeyReused(c);
    })
    .openapi(routes.taxDetails, async (c) => {
      const { id } = c.req.valid('param');
      if (!(await isProvider(id))) return answerUnknown(c, `provider ${id}`);
      const body = c.req.valid('json');
      const { validFrom, taxId: tax_id, address, vat } = body;
      const row = { provider_id: id, valid_from: isoInstant(validFrom), tax_id, address, vat, ...stamp(c) };
      const done = await say(c, { kind: 'provider_tax_details', providerId: id, body }, row, (trx) =>
        trx.insertInto('provider_tax_details').values(row).execute(),
      );
      return done.kind === 'created' ? c.json(done.body, 201) : answerKeyReused(c);
    })
    .openapi(routes.agreement, async (c) => {
      const { id } = c.req.valid('param');
      if (!(await isProvider(id))) return answerUnknown(c, `provider ${id}`);
      const body = c.req.valid('json');
      const valid_to = body.validTo === null ? null : isoInstant(body.validTo);
      const its = { id: makeId(), provider_id: id, reference: body.reference };
      const row = { ...its, valid_from: isoInstant(body.validFrom), valid_to, ...stamp(c) };
      const fact = { kind: 'self_billing_agreement', providerId: id, body };
      const done = await say(c, fact, row, (trx) =>
        trx.insertInto('self_billing_agreements').values(row).execute(),
      ).catch((error: unknown) => {
        if (error instanceof Error && 'constraint' in error && error.constraint === OVERLAP) return undefined;
        throw error;
      });
      if (done?.kind === 'created') return c.json(done.body, 201);
      if (done?.kind === 'key_reused') return answerKeyReused(c);
      return answerProblem(c, 409, {
        code: 'agreement-overlaps',
        title: 'Another agreement holds',
        detail: `provider ${id} has another agreement for a part of this time`,
      });
    });
}

const OVERLAP = 'one_agreement_of_a_provider_at_a_time';
