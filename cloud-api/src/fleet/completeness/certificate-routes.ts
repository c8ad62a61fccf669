import { z } from '@hono/zod-openapi';
import {
  type Clock,
  certificateFileSchema,
  deviceIdSchema,
  instantSchema,
  isoInstant,
  MAX_CERTIFICATE_ENTRIES,
  uuidSchema,
} from '@weighgate/protocol';
import { defineRoute } from '../../http/define-route.ts';
import { jsonAnswer } from '../../http/json-content.ts';
import { pageFrom, pageOf, pageQueryOf } from '../../http/page.ts';
import { answerProblem, problemAnswer, refusals } from '../../http/problem.ts';
import { makeRouter } from '../../http/router.ts';
import type { Db } from '../../store/database.ts';
import type { CloudKey } from '../cloud-key.ts';
import { type CertifiedPart, certifyChain } from './certify-chain.ts';

const params = z.strictObject({ device: deviceIdSchema });
const seq = z
  .string()
  .regex(/^[1-9]\d{0,11}$/, 'must be the number of an entry')
  .transform(Number)
  .openapi({ type: 'integer' });

const certificate = defineRoute({
  method: 'get',
  path: '/devices/{device}/certificate',
  'x-permission': 'devices.read',
  summary: 'What is stored here of a device in a period or a range of entries, signed by the cloud',
  request: {
    params,
    query: z.strictObject({
      from: instantSchema
        .optional()
        .openapi({ description: 'made at or after this, by the device as it stood' }),
      to: instantSchema.optional().openapi({ description: 'and before this' }),
      incarnation: uuidSchema.optional(),
      firstSeq: seq.optional(),
      lastSeq: seq.optional(),
    }),
  },
  responses: {
    200: jsonAnswer(
      'one certificate for each incarnation; none where nothing is stored',
      certificateFileSchema,
    ),
    ...refusals,
    422: problemAnswer('neither a period nor a range of entries, or more than one certificate holds'),
  },
});

const shiftCertificateSchema = z
  .object({
    entryUuid: z.string(),
    incarnation: z.string(),
    shiftId: z.string(),
    firstSeq: z.int(),
    lastSeq: z.int(),
    outcome: z.enum(['same', 'differs', 'not_here']).openapi({
      description: 'not_here: the device had carried these entries over into another chain',
    }),
    differences: z.array(z.string()),
    statement: z.string().openapi({ description: 'the text that the device signed' }),
    signature: z.string(),
    publicKey: z.string(),
    comparedAt: z.string(),
  })
  .openapi('ShiftCertificate');

const list = defineRoute({
  method: 'get',
  path: '/devices/{device}/shift-certificates',
  'x-permission': 'devices.read',
  summary: 'What a device vouched for at the end of its shifts, and whether the same is here; newest first',
  request: { params, query: pageQueryOf(z.tuple([z.string(), uuidSchema])) },
  responses: { 200: jsonAnswer('a page', pageOf(shiftCertificateSchema)), ...refusals },
});

export function certificateRoutes(parts: { db: Db; clock: Clock; cloudKey: CloudKey }) {
  return makeRouter()
    .openapi(certificate, async (c) => {
      const part = partOf(c.req.valid('query'));
      if (part === undefined) {
        return answerProblem(c, 422, {
          code: 'no-part-named',
          title: 'Say of what',
          detail: 'give from and to, or incarnation, firstSeq and lastSeq; the first not after the second',
        });
      }
      const certified = await certifyChain(c.req.valid('param').device, part, parts);
      if (certified.kind === 'too_much') {
        return answerProblem(c, 422, {
          code: 'too-many-entries',
          title: 'Too many entries',
          detail: `that is ${certified.entries} entries, and one certificate holds ${MAX_CERTIFICATE_ENTRIES}: ask for a shorter part`,
        });
      }
      return c.json({ v: 1 as const, certificates: certified.certificates }, 200);
    })
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await parts.db
        .selectFrom('shift_certificates')
        .selectAll()
        .where('device', '=', c.req.valid('param').device)
        .$if(cursor !== undefined, (query) =>
          query.where(({ eb, refTuple, tuple }) =>
            eb(
              refTuple('compared_at', 'entry_uuid'),
              '<',
              tuple(new Date(cursor?.[0] ?? 0), cursor?.[1] ?? ''),
            ),
          ),
        )
        .orderBy('compared_at', 'desc')
        .orderBy('entry_uuid', 'desc')
        .limit(limit + 1)
        .execute();
      const items = rows.map((row) => ({
        entryUuid: row.entry_uuid,
        incarnation: row.incarnation,
        shiftId: row.shift_id,
        firstSeq: row.first_seq,
        lastSeq: row.last_seq,
        outcome: row.outcome,
        differences: row.differences,
        statement: row.statement,
        signature: row.signature,
        publicKey: row.public_key,
        comparedAt: isoInstant(row.compared_at.getTime()),
      }));
      return c.json(
        pageFrom(items, limit, ({ comparedAt, entryUuid }) => [comparedAt, entryUuid]),
        200,
      );
    });
}

function partOf(query: {
  from?: string | undefined;
  to?: string | undefined;
  incarnation?: string | undefined;
  firstSeq?: number | undefined;
  lastSeq?: number | undefined;
}): CertifiedPart | undefined {
  const { from, to, incarnation, firstSeq, lastSeq } = query;
  const namesSeqs = incarnation !== undefined && firstSeq !== undefined && lastSeq !== undefined;
  if (
    from !== undefined &&
    to !== undefined &&
    incarnation === undefined &&
    Date.parse(from) < Date.parse(to)
  ) {
    return { kind: 'period', from, to };
  }
  return namesSeqs && from === undefined && to === undefined && firstSeq <= lastSeq
    ? { kind: 'seqs', incarnation, firstSeq, lastSeq }
    : undefined;
}
