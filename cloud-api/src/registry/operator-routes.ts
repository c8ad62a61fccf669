import { z } from '@hono/zod-openapi';
import {
  instantSchema,
  isoInstant,
  type MakeId,
  operatorNameSchema,
  operatorRoleSchema,
  pinFaultOf,
  pinFaultText,
  siteCodeSchema,
  uuidSchema,
} from '@weighgate/protocol';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { answerMatchFault, etagOf, ifMatchHeader, matchRefusals } from '../http/if-match.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerInvalid, answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { addOperator, changeOperator, type OperatorRow } from './operator-accounts.ts';
import { pinVerifierOf } from './pin-verifier.ts';
import type { RegistryParts } from './registry-parts.ts';

const operatorSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: operatorRoleSchema,
    sites: z.array(z.string()),
    validFrom: z.string().nullable(),
    validTo: z.string().nullable().openapi({ description: 'exclusive' }),
    withdrawn: z.boolean(),
    etag: z.string().openapi({ description: 'what a change sends as If-Match' }),
  })
  .openapi('Operator');

/** Digits that are not too easy to guess. It is kept and answered nowhere. */
const newPinSchema = z.string().superRefine((pin, context) => {
  const fault = pinFaultOf(pin);
  if (fault !== null) context.addIssue({ code: 'custom', message: pinFaultText(fault) });
});
const sitesSchema = z.array(siteCodeSchema).min(1).max(100);
const newOperatorSchema = z
  .strictObject({
    name: operatorNameSchema,
    role: operatorRoleSchema,
    pin: newPinSchema,
    sites: sitesSchema,
    validFrom: instantSchema.nullable().default(null),
    validTo: instantSchema.nullable().default(null),
  })
  .refine(({ validFrom, validTo }) => validFrom === null || validTo === null || validFrom < validTo, {
    path: ['validTo'],
    message: 'must be after validFrom',
  })
  .openapi('NewOperator');
const changedOperatorSchema = z
  .strictObject({
    role: operatorRoleSchema.optional(),
    pin: newPinSchema.optional(),
    sites: sitesSchema.optional(),
    validTo: instantSchema.nullable().optional(),
    withdrawn: z.boolean().optional(),
  })
  .openapi('ChangedOperator');

const create = defineRoute({
  method: 'post',
  path: '/operators',
  'x-permission': 'operators.write',
  summary: 'Let somebody sign in with a PIN at the weighbridges of these sites',
  request: { headers: idempotencyHeader, body: jsonBody(newOperatorSchema) },
  responses: {
    201: jsonAnswer('added', operatorSchema),
    409: problemAnswer('there is an operator of this name; a name is never given to another person'),
    ...refusals,
  },
});
const change = defineRoute({
  method: 'put',
  path: '/operators/{id}',
  'x-permission': 'operators.write',
  summary: 'Change what an operator may do, where and until when, set a new PIN, or withdraw one',
  request: {
    params: z.object({ id: uuidSchema }),
    headers: ifMatchHeader,
    body: jsonBody(changedOperatorSchema),
  },
  responses: {
    200: jsonAnswer('as it is now', operatorSchema),
    404: problemAnswer('no such operator'),
    ...matchRefusals,
    ...refusals,
  },
});
const list = defineRoute({
  method: 'get',
  path: '/operators',
  'x-permission': 'operators.read',
  summary: 'Operators, by id',
  request: { query: pageQueryOf(uuidSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(operatorSchema)), ...refusals },
});

const textOf = (instant: Date | null) => (instant === null ? null : isoInstant(instant.getTime()));
const operatorOf = (row: OperatorRow) => ({
  id: row.operator_id,
  name: row.name,
  role: row.role,
  sites: row.sites,
  validFrom: textOf(row.valid_from),
  validTo: textOf(row.valid_to),
  withdrawn: row.withdrawn_at !== null,
  etag: etagOf(row.version),
});

export function operatorRoutes({ db, clock, makeId }: RegistryParts & { makeId: MakeId }) {
  return makeRouter()
    .openapi(create, async (c) => {
      const { pin, ...body } = c.req.valid('json');
      const key = c.req.valid('header')['idempotency-key'];
      const verifier = await pinVerifierOf(pin);
      // The body without the PIN: its digest is kept, and six digits could be found from it.
      const done = await createOnce({ db, clock, route: 'POST /operators', key, body }, async (trx) => {
        const row = await addOperator(trx, { ...body, verifier }, { clock, makeId });
        return row === undefined
          ? { kind: 'taken' as const }
          : { kind: 'created' as const, body: operatorOf(row) };
      });
      if (done.kind === 'created') return c.json(done.body, 201);
      if (done.kind === 'key_reused') return answerKeyReused(c);
      return answerProblem(c, 409, {
        code: 'operator-name-taken',
        title: 'Name taken',
        detail: `there is already an operator named "${body.name}"; a name is never given to another person`,
      });
    })
    .openapi(change, async (c) => {
      const { id } = c.req.valid('param');
      const { pin, ...changes } = c.req.valid('json');
      const verifier = pin === undefined ? undefined : await pinVerifierOf(pin);
      const ifMatch = c.req.valid('header')['if-match'];
      const done = await db
        .transaction()
        .execute((trx) => changeOperator(trx, id, { ...changes, verifier }, ifMatch, clock));
      switch (done.kind) {
        case 'changed':
          return c.json(operatorOf(done.row), 200, { etag: etagOf(done.row.version) });
        case 'not_matched':
          return answerMatchFault(c, done.fault);
        case 'unknown':
          return answerUnknown(c, `operator ${id}`);
        case 'ends_before_it_begins':
          return answerInvalid(c, [{ path: 'validTo', message: 'must be after validFrom' }]);
      }
    })
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('operator_accounts')
        .selectAll()
        .$if(cursor !== undefined, (query) => query.where('operator_id', '>', cursor ?? ''))
        .orderBy('operator_id')
        .limit(limit + 1)
        .execute();
      return c.json(
        pageFrom(rows.map(operatorOf), limit, ({ id }) => id),
        200,
      );
    });
}
