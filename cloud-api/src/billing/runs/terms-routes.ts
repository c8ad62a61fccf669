import { z } from '@hono/zod-openapi';
import { isoInstant, plainTextSchema } from '@weighgate/protocol';
import { recordChange } from '../../audit/record-change.ts';
import { type Caller, callerOf } from '../../http/caller.ts';
import { defineRoute } from '../../http/define-route.ts';
import { instantParameter } from '../../http/instant.ts';
import { jsonAnswer, jsonBody } from '../../http/json-content.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../../http/problem.ts';
import { makeRouter } from '../../http/router.ts';
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

export function termsRoutes(parts: StoreParts & { db: Db; timeZone: string }) {
  const { db, clock, makeId } = parts;
  const routes = routesOf(parts.timeZone);
  const isProvider = async (id: number) =>
    (await db.selectFrom('providers').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
  /** Writes something down and answers for it in the audit chain, in one transaction. */
  const say = (
    by: Caller,
    kind: string,
    id: number | null,
    after: object,
    write: (trx: Trx) => Promise<unknown>,
  ) =>
    db.transaction().execute(async (trx) => {
      await write(trx);
      const change = { by, action: `${kind}.said`, subject: { kind, id }, before: null, after };
      await recordChange(trx, change, parts);
    });
  const stamp = (by: Caller) => ({ said_by: by.name, said_at: isoInstant(clock.now()) });

  return makeRouter()
    .openapi(routes.buyer, async (c) => {
      const { validFrom, name, taxId: tax_id, address, rounding } = c.req.valid('json');
      const [by, valid_from] = [callerOf(c), isoInstant(validFrom)];
      const row = { valid_from, name, tax_id, address, rounding, ...stamp(by) };
      await say(by, 'buyer_details', null, row, (trx) =>
        trx.insertInto('buyer_details').values(row).execute(),
      );
      return c.json({ validFrom: valid_from }, 201);
    })
    .openapi(routes.vatRate, async (c) => {
      const { validFrom, category, percent } = c.req.valid('json');
      const [by, valid_from] = [callerOf(c), isoInstant(validFrom)];
      const row = { id: makeId(), valid_from, category, percent, ...stamp(by) };
      await say(by, 'vat_rate', null, row, (trx) => trx.insertInto('vat_rates').values(row).execute());
      return c.json({ validFrom: valid_from }, 201);
    })
    .openapi(routes.taxDetails, async (c) => {
      const { id } = c.req.valid('param');
      if (!(await isProvider(id))) return answerUnknown(c, `provider ${id}`);
      const { validFrom, taxId: tax_id, address, vat } = c.req.valid('json');
      const [by, valid_from] = [callerOf(c), isoInstant(validFrom)];
      const row = { provider_id: id, valid_from, tax_id, address, vat, ...stamp(by) };
      await say(by, 'provider_tax_details', id, row, (trx) =>
        trx.insertInto('provider_tax_details').values(row).execute(),
      );
      return c.json({ validFrom: valid_from }, 201);
    })
    .openapi(routes.agreement, async (c) => {
      const { id } = c.req.valid('param');
      if (!(await isProvider(id))) return answerUnknown(c, `provider ${id}`);
      const { validFrom, validTo, reference } = c.req.valid('json');
      const [by, valid_from] = [callerOf(c), isoInstant(validFrom)];
      const valid_to = validTo === null ? null : isoInstant(validTo);
      const row = { id: makeId(), provider_id: id, reference, valid_from, valid_to, ...stamp(by) };
      const isTaken = await say(by, 'self_billing_agreement', id, row, (trx) =>
        trx.insertInto('self_billing_agreements').values(row).execute(),
      ).then(
        () => false,
        (error: unknown) => {
          if (error instanceof Error && 'constraint' in error && error.constraint === OVERLAP) return true;
          throw error;
        },
      );
      if (!isTaken) return c.json({ validFrom: valid_from }, 201);
      return answerProblem(c, 409, {
        code: 'agreement-overlaps',
        title: 'Another agreement holds',
        detail: `provider ${id} has another agreement for a part of this time`,
      });
    });
}

const OVERLAP = 'one_agreement_of_a_provider_at_a_time';
