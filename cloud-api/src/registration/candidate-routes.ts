import { z } from '@hono/zod-openapi';
import { sql } from 'kysely';
import { defineRoute } from '../http/define-route.ts';
import { idempotencyHeader } from '../http/idempotent.ts';
import { etagOf } from '../http/if-match.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { answerTooMany } from '../http/limit-requests.ts';
import { answerInvalid, answerProblem, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { applicationFields } from './application-fields.ts';
import { candidateListQuery, windowOf } from './candidate-list-query.ts';
import { candidateOf, candidateSchema, candidateStatuses } from './candidate-view.ts';
import { findRelated, relatedSchema } from './find-related.ts';
import { receiveApplication } from './receive-application.ts';
import type { RegistrationParts } from './registration-parts.ts';

/** An application's id in a path. */
export const candidateIdSchema = z.guid('must be a UUID').transform((id) => id.toLowerCase());

const submit = defineRoute({
  method: 'post',
  path: '/candidates',
  'x-permission': 'public',
  summary: 'Apply to become a provider',
  description:
    'Answers with a reference and a private link, and the same to an e-mail address that we know. One with the e-mail address or the tax id of an open application waits until that one is decided.',
  request: { headers: idempotencyHeader, body: jsonBody(applicationFields) },
  responses: {
    201: jsonAnswer(
      'received',
      z
        .object({
          candidate_id: z.string(),
          status: z.literal('pending'),
          reference: z
            .string()
            .openapi({ example: 'K7Q2-9XBD', description: 'to name it by; opens nothing' }),
          status_url: z.string().nullable().openapi({
            description: 'the private link, relative to this server: whoever has it sees how it stands',
          }),
          status_url_expires_at: z.string(),
        })
        .openapi('ReceivedCandidate'),
    ),
    422: refusals[422],
    429: problemAnswer('too many applications; Retry-After says when to come again'),
    500: refusals[500],
  },
});

const list = defineRoute({
  method: 'get',
  path: '/candidates',
  'x-permission': 'applications.read',
  summary: 'Applications, the newest first',
  request: { query: candidateListQuery },
  responses: {
    200: jsonAnswer(
      'a page',
      z.object({
        candidates: z.array(candidateSchema),
        pagination: z.object({ total: z.int(), limit: z.int(), offset: z.int() }),
      }),
    ),
    ...refusals,
  },
});

const one = defineRoute({
  method: 'get',
  path: '/candidates/{id}',
  'x-permission': 'applications.read',
  summary: 'One application, what else came under its e-mail address or tax id, and who has its name',
  request: { params: z.object({ id: candidateIdSchema }) },
  responses: {
    200: jsonAnswer(
      'the application',
      candidateSchema.extend(relatedSchema.shape).openapi('CandidateDetail'),
    ),
    404: problemAnswer('no such application'),
    ...refusals,
  },
});

/** Applications: sent by anybody, read by staff. */
export function candidateRoutes(parts: RegistrationParts) {
  const { db } = parts;
  return makeRouter()
    .openapi(submit, async (c) => {
      const key = c.req.valid('header')['idempotency-key'];
      const received = await receiveApplication(c, { fields: c.req.valid('json'), key }, parts);
      if (received.kind === 'invalid') return answerInvalid(c, received.errors);
      if (received.kind === 'too_many') return answerTooMany(c, received.standing);
      if (received.kind === 'key_reused') return answerKeyReused(c);
      const { id, reference, linkPath, linkExpiresAt } = received;
      return c.json(
        {
          candidate_id: id,
          status: 'pending' as const,
          reference,
          status_url: linkPath,
          status_url_expires_at: linkExpiresAt,
        },
        201,
      );
    })
    .openapi(list, async (c) => {
      const query = c.req.valid('query');
      const { limit, offset } = windowOf(query);
      const status =
        query.status === undefined ? undefined : candidateStatuses.find((known) => known === query.status);
      const { product } = query;
      if (query.status !== undefined && status === undefined) {
        return c.json({ candidates: [], pagination: { total: 0, limit, offset } }, 200);
      }
      const asked = db
        .selectFrom('applications')
        .$if(status !== undefined, (rows) => rows.where('status', '=', status ?? 'pending'))
        .$if(product !== undefined, (rows) =>
          rows.where(sql<boolean>`products @> array[${product}]::text[]`),
        );
      const { total } = await asked
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const rows = await asked
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('application_id', 'desc')
        .limit(limit)
        .offset(offset)
        .execute();
      return c.json(
        { candidates: rows.map(candidateOf), pagination: { total: Number(total), limit, offset } },
        200,
      );
    })
    .openapi(one, async (c) => {
      const row = await db
        .selectFrom('applications')
        .selectAll()
        .where('application_id', '=', c.req.valid('param').id)
        .executeTakeFirst();
      if (row === undefined) return answerProblem(c, 404, unknownCandidate);
      return c.json({ ...candidateOf(row), ...(await findRelated(db, row)) }, 200, {
        etag: etagOf(row.version),
      });
    });
}

/** What is answered for an application that is not there. */
export const unknownCandidate = { code: 'not-found', title: 'Not found', detail: 'Candidate not found' };
