import { z } from '@hono/zod-openapi';
import { uuidSchema } from '@weighgate/protocol';
import { callerOf } from '../../http/caller.ts';
import { defineRoute } from '../../http/define-route.ts';
import { jsonAnswer } from '../../http/json-content.ts';
import { pageQueryOf } from '../../http/page.ts';
import { answerInvalid, answerUnknown, problemAnswer, refusals } from '../../http/problem.ts';
import { makeRouter } from '../../http/router.ts';
import type { Db } from '../../store/database.ts';
import { findOwnBill } from '../documents/own-bill.ts';
import { frozenProduceLineSchema, frozenSessionSchema } from '../frozen-bill.ts';
import { evidencePackSchema } from './evidence-pack.ts';
import { evidencePackOf, MAX_PACKED_DELIVERIES } from './evidence-pack-of.ts';
import { type Explanation, explainLine } from './explain-line.ts';

const lineNo = z
  .string()
  .regex(/^[1-9]\d{0,4}$/, 'must be the number of a line')
  .transform(Number)
  .openapi({ type: 'integer' });

const faults = z.array(z.object({ where: z.string(), what: z.string() }));
const tare = z.object({ container: z.string(), tareG: z.int() });

const explanationSchema = z
  .object({
    bill: z.object({ id: z.string(), numberText: z.string(), hash: z.string() }),
    line: z.union([frozenProduceLineSchema, z.object({ no: z.int(), kind: z.literal('quality') }).loose()]),
    arithmetic: z.string().openapi({ example: '14000 kg x 93.5 = 1309000 minor units, half_away' }),
    rate: z.object({ id: z.string() }).loose().nullable(),
    deliveries: z.array(
      z.object({
        position: z.int(),
        session: frozenSessionSchema,
        net: z
          .object({
            entryUuid: z.string(),
            firstG: z.int(),
            firstContainers: z.array(z.string()),
            secondG: z.int(),
            secondContainers: z.array(z.string()),
            tares: z.array(tare),
            formula: z.string(),
            netG: z.int().nullable(),
          })
          .nullable(),
        weights: z.array(
          z.object({
            weight: z.object({ weightId: z.string(), grossG: z.int() }).loose(),
            signature: z.enum(['verified', 'unsigned', 'not_proven']),
            stability: z.string().nullable(),
            indications: z.array(
              z.object({
                value: z.string(),
                unit: z.string(),
                scaleId: z.string(),
                frames: z.array(z.object({ agoMs: z.int(), hex: z.string() })),
              }),
            ),
          }),
        ),
        isEqual: z.boolean(),
        faults,
      }),
    ),
    nextCursor: z.string().nullable(),
    isEqual: z.boolean().openapi({
      description: 'the line and every delivery on this page come out the same when computed again',
    }),
    faults,
  })
  .openapi('LineExplanation');

const explain = defineRoute({
  method: 'get',
  path: '/bills/{billId}/lines/{lineNo}/explanation',
  'x-permission': 'bills.read',
  'x-own-data': true,
  summary: 'A line of a bill taken apart to its frames, and computed again from the stored entries',
  request: {
    params: z.object({ billId: uuidSchema, lineNo }),
    query: pageQueryOf(z.int().nonnegative()),
  },
  responses: {
    200: jsonAnswer('the line as a tree, its deliveries page by page', explanationSchema),
    404: problemAnswer('no such bill or line'),
    ...refusals,
  },
});

const evidence = defineRoute({
  method: 'get',
  path: '/bills/{billId}/evidence',
  'x-permission': 'bills.read',
  'x-own-data': true,
  summary:
    'One file that a bill, or a line of it, can be checked by offline: npm run cloud -- verify bill FILE',
  request: {
    params: z.object({ billId: uuidSchema }),
    query: z.strictObject({ line: lineNo.optional().openapi({ description: 'left out: the whole bill' }) }),
  },
  responses: {
    200: jsonAnswer('the evidence pack', evidencePackSchema.openapi('EvidencePack')),
    404: problemAnswer('no such bill or line'),
    ...refusals,
  },
});

/** Why a bill is what it is, for whoever may read it. */
export function explainRoutes({ db }: { db: Db }) {
  return makeRouter()
    .openapi(explain, async (c) => {
      const { billId, lineNo: no } = c.req.valid('param');
      const { limit, cursor } = c.req.valid('query');
      const bill = await findOwnBill(db, billId, callerOf(c).providerId);
      if (bill === undefined) return answerUnknown(c, `bill ${billId}`);
      const explained = await explainLine(db, bill, { lineNo: no, after: cursor ?? 0, limit });
      if (explained === undefined) return answerUnknown(c, `line ${no} on bill ${bill.bill.numberText}`);
      const { id, numberText } = bill.bill;
      return c.json(
        { bill: { id, numberText, hash: bill.hash }, ...viewOf(explained, bill.bill.rounding) },
        200,
      );
    })
    .openapi(evidence, async (c) => {
      const { billId } = c.req.valid('param');
      const { line = null } = c.req.valid('query');
      const bill = await findOwnBill(db, billId, callerOf(c).providerId);
      if (bill === undefined) return answerUnknown(c, `bill ${billId}`);
      const packing = await evidencePackOf(db, bill, line);
      if (packing.kind === 'no_line') return answerUnknown(c, `line ${line} on bill ${bill.bill.numberText}`);
      if (packing.kind === 'too_many') {
        const message = `more than ${MAX_PACKED_DELIVERIES} deliveries; ask for one line`;
        return answerInvalid(c, [{ path: 'line', message }]);
      }
      const part = line === null ? '' : `-line-${line}`;
      c.header('content-disposition', `attachment; filename="${bill.bill.numberText}${part}.evidence.json"`);
      return c.json(packing.pack, 200);
    });
}

function viewOf(
  { sum, computedMinor, nextAfter, deliveries, line, faults: own, rate }: Explanation,
  rounding: string,
) {
  const isEqual = own.length === 0 && deliveries.every((one) => one.faults.length === 0);
  const kilograms = line.kind === 'produce' ? `${Number(sum.netG) / 1000} kg x ` : 'a part of ';
  return {
    line,
    arithmetic: `${kilograms}${line.rate.perKgMinor} = ${computedMinor ?? line.amountMinor} minor units, ${rounding}`,
    rate,
    deliveries: deliveries.map(({ net, ...one }) => ({
      ...one,
      net:
        net === null
          ? null
          : {
              ...net,
              firstContainers: [...net.firstContainers],
              secondContainers: [...net.secondContainers],
              tares: [...net.tares],
            },
      isEqual: one.faults.length === 0,
    })),
    nextCursor:
      nextAfter === null ? null : Buffer.from(JSON.stringify(nextAfter), 'utf8').toString('base64url'),
    isEqual,
    faults: own,
  };
}
