import { z } from '@hono/zod-openapi';
import { uuidSchema } from '@weighgate/protocol';
import type { Context } from 'hono';
import { callerOf } from '../../http/caller.ts';
import { defineRoute } from '../../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../../http/idempotent.ts';
import { answerMatchFault, etagOf, ifMatchHeader, matchRefusals } from '../../http/if-match.ts';
import { jsonAnswer, jsonBody } from '../../http/json-content.ts';
import { answerKeyReused } from '../../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../../http/page.ts';
import { answerInvalid, answerProblem, answerUnknown, problemAnswer, refusals } from '../../http/problem.ts';
import { type AppEnv, makeRouter } from '../../http/router.ts';
import type { Db } from '../../store/database.ts';
import { findOwnBill } from '../documents/own-bill.ts';
import { evidencePackOf } from '../explain/evidence-pack-of.ts';
import { type Decision, decideDispute } from './decide-dispute.ts';
import { findDisputes } from './find-dispute.ts';
import { type DisputeParts, openDispute } from './open-dispute.ts';

const saidSchema = z
  .string()
  .trim()
  .min(1)
  .max(4000)
  .refine(
    (text) => text.isWellFormed() && !text.includes('\0'),
    'must be text without unpaired surrogates and U+0000',
  );
const state = z.enum(['open', 'answered', 'resolved']);

const disputeSchema = z
  .object({
    id: z.string(),
    billId: z.string(),
    numberText: z.string(),
    lineNo: z.int(),
    providerId: z.int(),
    state,
    evidenceHash: z.string().nullable().openapi({ description: 'SHA-256 of the evidence pack kept with it' }),
    steps: z.array(
      z.object({
        kind: z.enum(['opened', 'answered', 'resolved']),
        said: z.string(),
        outcome: z.enum(['credited', 'upheld']).nullable(),
        creditNoteId: z.string().nullable(),
        by: z.string(),
        at: z.string(),
      }),
    ),
  })
  .openapi('Dispute');

const params = z.object({ id: uuidSchema });
const unknown = problemAnswer('no such dispute');
const wrongState = problemAnswer('it was answered or resolved before');

const open = defineRoute({
  method: 'post',
  path: '/disputes',
  'x-permission': 'disputes.open',
  'x-own-data': true,
  summary: 'Say that a line of a bill is wrong; its evidence pack is kept with the dispute',
  request: {
    headers: idempotencyHeader,
    body: jsonBody(
      z
        .strictObject({ billId: uuidSchema, lineNo: z.int().positive().max(10_000), reason: saidSchema })
        .openapi('NewDispute'),
    ),
  },
  responses: {
    201: jsonAnswer('opened', z.object({ id: z.string() })),
    404: problemAnswer('no such bill or line'),
    409: problemAnswer('a dispute about this line is not resolved yet'),
    ...refusals,
  },
});

const list = defineRoute({
  method: 'get',
  path: '/disputes',
  'x-permission': 'bills.read',
  'x-own-data': true,
  summary: 'Disputes, by id',
  request: { query: pageQueryOf(uuidSchema).extend({ state: state.optional() }) },
  responses: { 200: jsonAnswer('a page', pageOf(disputeSchema)), ...refusals },
});

const one = defineRoute({
  method: 'get',
  path: '/disputes/{id}',
  'x-permission': 'bills.read',
  'x-own-data': true,
  summary: 'One dispute',
  request: { params },
  responses: { 200: jsonAnswer('the dispute', disputeSchema), 404: unknown, ...refusals },
});

const evidence = defineRoute({
  method: 'get',
  path: '/disputes/{id}/evidence',
  'x-permission': 'bills.read',
  'x-own-data': true,
  summary: 'The evidence pack of the line as it was when the dispute was opened',
  request: { params },
  responses: {
    200: {
      description: 'the pack as JSON, the very bytes that `evidenceHash` is of',
      content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    404: problemAnswer('no such dispute, or its line was too large for one file'),
    ...refusals,
  },
});

const answer = defineRoute({
  method: 'put',
  path: '/disputes/{id}/answer',
  'x-permission': 'disputes.decide',
  summary: 'Answer a dispute, once',
  request: {
    params,
    headers: ifMatchHeader,
    body: jsonBody(z.strictObject({ said: saidSchema }).openapi('DisputeAnswer')),
  },
  responses: {
    200: jsonAnswer('answered', disputeSchema),
    404: unknown,
    409: wrongState,
    ...matchRefusals,
    ...refusals,
  },
});

const resolve = defineRoute({
  method: 'put',
  path: '/disputes/{id}/resolution',
  'x-permission': 'disputes.decide',
  summary: 'End a dispute: the line is upheld, or credited by a credit note of its bill',
  request: {
    params,
    headers: ifMatchHeader,
    body: jsonBody(
      z
        .discriminatedUnion('outcome', [
          z.strictObject({ outcome: z.literal('upheld'), said: saidSchema }),
          z.strictObject({ outcome: z.literal('credited'), said: saidSchema, creditNoteId: uuidSchema }),
        ])
        .openapi('DisputeResolution'),
    ),
  },
  responses: {
    200: jsonAnswer('resolved', disputeSchema),
    404: unknown,
    409: wrongState,
    ...matchRefusals,
    ...refusals,
  },
});

/** Disputes: a provider opens them on own bills, staff answers and resolves them. */
export function disputeRoutes(parts: DisputeParts & { db: Db }) {
  const { db, clock } = parts;

  async function decide(c: Context<AppEnv>, id: string, ifMatch: string | undefined, decision: Decision) {
    const by = callerOf(c);
    const done = await db
      .transaction()
      .execute((trx) => decideDispute(trx, { id, ifMatch, decision, by }, parts));
    switch (done.kind) {
      case 'done': {
        const [dispute] = await findDisputes(db, { providerId: by.providerId, id, limit: 1 });
        return dispute === undefined
          ? answerUnknown(c, `dispute ${id}`)
          : c.json(viewOf(dispute), 200, { etag: etagOf(done.version) });
      }
      case 'unknown':
        return answerUnknown(c, `dispute ${id}`);
      case 'not_matched':
        return answerMatchFault(c, done.fault);
      case 'no_such_note':
        return answerInvalid(c, [
          { path: 'creditNoteId', message: 'is no credit note of the disputed bill' },
        ]);
      case 'wrong_state':
        return answerProblem(c, 409, {
          code: 'dispute-state',
          title: 'Not possible any more',
          detail: `the dispute is ${done.state} already`,
        });
    }
  }

  return makeRouter()
    .openapi(open, async (c) => {
      const { billId, lineNo, reason } = c.req.valid('json');
      const caller = callerOf(c);
      const bill = await findOwnBill(db, billId, caller.providerId);
      if (bill === undefined) return answerUnknown(c, `bill ${billId}`);
      const packing = await evidencePackOf(db, bill, lineNo);
      const { numberText, seller } = bill.bill;
      if (packing.kind === 'no_line') return answerUnknown(c, `line ${lineNo} on bill ${numberText}`);
      const line = {
        billId,
        numberText,
        lineNo,
        providerId: seller.providerId,
        reason,
        evidence: packing.kind === 'packed' ? JSON.stringify(packing.pack) : null,
      };
      const key = c.req.valid('header')['idempotency-key'];
      const route = `POST /disputes ${caller.id}`;
      const done = await createOnce({ db, clock, route, key, body: c.req.valid('json') }, (trx) =>
        openDispute(trx, line, caller, parts),
      );
      if (done.kind === 'created') return c.json(done.body, 201, { etag: etagOf(1) });
      if (done.kind === 'key_reused') return answerKeyReused(c);
      return answerProblem(c, 409, {
        code: 'dispute-open',
        title: 'Disputed already',
        detail: `a dispute about line ${lineNo} of bill ${numberText} is not resolved yet`,
      });
    })
    .openapi(list, async (c) => {
      const { limit, cursor, state: wanted } = c.req.valid('query');
      const { providerId } = callerOf(c);
      const found = await findDisputes(db, { providerId, state: wanted, after: cursor, limit: limit + 1 });
      return c.json(
        pageFrom(found.map(viewOf), limit, ({ id }) => id),
        200,
      );
    })
    .openapi(one, async (c) => {
      const { id } = c.req.valid('param');
      const [dispute] = await findDisputes(db, { providerId: callerOf(c).providerId, id, limit: 1 });
      if (dispute === undefined) return answerUnknown(c, `dispute ${id}`);
      return c.json(viewOf(dispute), 200, { etag: etagOf(dispute.version) });
    })
    .openapi(evidence, async (c) => {
      const { id } = c.req.valid('param');
      const { providerId } = callerOf(c);
      const row = await db
        .selectFrom('disputes')
        .select('evidence')
        .where('dispute_id', '=', id)
        .$if(providerId !== null, (query) => query.where('provider_id', '=', providerId ?? 0))
        .executeTakeFirst();
      if (row === undefined || row.evidence === null) return answerUnknown(c, `dispute ${id} with evidence`);
      return c.body(row.evidence, 200, {
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="dispute-${id}.evidence.json"`,
      });
    })
    .openapi(answer, (c) => {
      const { said } = c.req.valid('json');
      return decide(c, c.req.valid('param').id, c.req.valid('header')['if-match'], {
        kind: 'answered',
        said,
      });
    })
    .openapi(resolve, (c) => {
      const decision = { kind: 'resolved' as const, ...c.req.valid('json') };
      return decide(c, c.req.valid('param').id, c.req.valid('header')['if-match'], decision);
    });
}

function viewOf({ version: _, ...dispute }: Awaited<ReturnType<typeof findDisputes>>[number]) {
  return dispute;
}
