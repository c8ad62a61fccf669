import { z } from '@hono/zod-openapi';
import { type Clock, isoInstant, plainTextSchema } from '@weighgate/protocol';
import { defineRoute } from '../http/define-route.ts';
import { instantParameter } from '../http/instant.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';
import { auditEntrySchema } from './audit-entry.ts';
import { exportEntries } from './export-entries.ts';
import { findEntries } from './find-entries.ts';
import { makeSeal, type Signer } from './seal.ts';

const foundSchema = auditEntrySchema
  .extend({ seq: z.int().openapi({ description: 'its place in the chain' }), hash: z.string() })
  .openapi('AuditChainEntry');
/** PostgreSQL has no text with a NUL in it. */
const word = z.optional(plainTextSchema(200));
const seqParameter = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'must be a whole number from 1 on')
  .transform(Number)
  .optional()
  .openapi({ type: 'integer', minimum: 1 });

const list = (timeZone: string) =>
  defineRoute({
    method: 'get',
    path: '/entries',
    'x-permission': 'audit.read',
    summary: 'Who did what to what, and why, the newest first',
    request: {
      query: pageQueryOf(z.int().positive()).extend({
        from: instantParameter(timeZone).optional(),
        to: instantParameter(timeZone).optional(),
        action: word.openapi({ example: 'provider.changed' }),
        actorId: word.openapi({ description: 'id of a user or of an API key' }),
        subjectKind: word.openapi({ example: 'provider' }),
        subjectId: word.openapi({ description: 'of a truck, its plate without blanks and dashes' }),
        requestId: word,
      }),
    },
    responses: { 200: jsonAnswer('a page', pageOf(foundSchema)), ...refusals },
  });

const exported = defineRoute({
  method: 'get',
  path: '/export',
  'x-permission': 'audit.read',
  summary: 'The whole chain: JSON lines that `cloud verify` reads, or CSV',
  request: {
    query: z.strictObject({
      format: z.enum(['jsonl', 'csv']).default('jsonl'),
      fromSeq: seqParameter,
      toSeq: seqParameter,
    }),
  },
  responses: {
    200: {
      description: 'one entry a line, the oldest first',
      content: {
        'application/x-ndjson': { schema: z.string() },
        'text/csv': { schema: z.string() },
      },
    },
    ...refusals,
  },
});

const seal = defineRoute({
  method: 'get',
  path: '/seal',
  'x-permission': 'audit.read',
  summary:
    'How long the chain is now and how it ends, signed: kept elsewhere, it shows if the chain is ever cut',
  responses: {
    200: jsonAnswer(
      'the seal',
      z.object({ statement: z.string(), signature: z.string(), publicKey: z.string() }).openapi('AuditSeal'),
    ),
    ...refusals,
  },
});

export function auditRoutes({
  db,
  clock,
  timeZone,
  cloudKey,
}: {
  db: Db;
  clock: Clock;
  timeZone: string;
  cloudKey: Signer;
}) {
  const instantOr = (wallMs: number | undefined) => (wallMs === undefined ? undefined : isoInstant(wallMs));
  const headOf = () => db.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirstOrThrow();
  return makeRouter()
    .openapi(list(timeZone), async (c) => {
      const { limit, cursor, from, to, ...rest } = c.req.valid('query');
      const filter = { ...rest, from: instantOr(from), to: instantOr(to), beforeSeq: cursor };
      const found = await findEntries(db, filter, 'desc', limit + 1);
      const items = found.map(({ seq, hash, entry }) => ({ seq, hash, ...entry }));
      return c.json(
        pageFrom(items, limit, ({ seq }) => seq),
        200,
      );
    })
    .openapi(exported, async (c) => {
      const { format, fromSeq = 1, toSeq } = c.req.valid('query');
      const end = Math.min((await headOf()).seq, toSeq ?? Number.MAX_SAFE_INTEGER);
      c.header('content-type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson');
      c.header('content-disposition', `attachment; filename="audit-${fromSeq}-${end}.${format}"`);
      // One that breaks in the middle breaks the connection, so that nobody takes a part for the whole.
      const lines = ReadableStream.from(exportEntries(db, format, fromSeq, end));
      return c.body(lines.pipeThrough(new TextEncoderStream()), 200);
    })
    .openapi(seal, async (c) => c.json(makeSeal(await headOf(), clock.now(), cloudKey), 200));
}
