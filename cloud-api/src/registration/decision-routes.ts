import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { answerMatchFault, ifMatchHeader, matchRefusals } from '../http/if-match.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import {
  answerInvalid,
  answerProblem,
  problemAnswer,
  problemHeaders,
  problemOf,
  problemSchema,
  refusals,
} from '../http/problem.ts';
import { type AppEnv, makeRouter } from '../http/router.ts';
import { providerNameSchema } from '../registry/provider-name.ts';
import { candidateIdSchema, unknownCandidate } from './candidate-routes.ts';
import {
  type ApproveAs,
  approveApplication,
  type NotDecided,
  rejectApplication,
} from './decide-application.ts';
import type { RegistrationParts } from './registration-parts.ts';

const MAX_REASON = 1_000;

const approvalSchema = z
  .strictObject({
    provider_id: z
      .int()
      .positive()
      .optional()
      .openapi({ description: 'as this provider, which there is already' }),
    provider_name: providerNameSchema
      .optional()
      .openapi({ description: 'as a new provider under this name' }),
  })
  .refine(({ provider_id, provider_name }) => provider_id === undefined || provider_name === undefined, {
    path: ['provider_name'],
    message: 'must not stand beside provider_id: it is one or the other',
  })
  .openapi('Approval');

const rejectionSchema = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .max(MAX_REASON, `must be at most ${MAX_REASON} characters`)
      .regex(/^[^\p{C}]*(?:[\n\t][^\p{C}]*)*$/u, 'must be readable text')
      .nullable()
      .default(null)
      .openapi({ description: 'told to the applicant' }),
  })
  .openapi('Rejection');

const nameTakenSchema = problemSchema
  .extend({
    choices: z
      .array(z.object({ provider_id: z.int().optional(), provider_name: z.string().optional() }))
      .optional()
      .openapi({ description: 'bodies to approve with instead' }),
  })
  .openapi('NameTakenProblem');

const params = z.object({ id: candidateIdSchema });
const headers = idempotencyHeader.extend(ifMatchHeader.shape);
const decisionRefusals = {
  400: problemAnswer('it was decided before'),
  404: problemAnswer('no such application'),
  409: {
    description: 'the name is taken, or another application comes first',
    content: { 'application/problem+json': { schema: nameTakenSchema } },
  },
  ...matchRefusals,
  ...refusals,
};

const approve = defineRoute({
  method: 'post',
  path: '/candidates/{id}/approve',
  'x-permission': 'applications.decide',
  summary: 'Approve an application, and register the provider with it',
  description:
    'Without a body: as a new provider of the company name. If-Match is compared when it is given.',
  request: { params, headers, body: { content: { 'application/json': { schema: approvalSchema } } } },
  responses: {
    200: jsonAnswer(
      'approved',
      z.object({ candidate_id: z.string(), status: z.literal('approved'), provider_id: z.int() }),
    ),
    ...decisionRefusals,
  },
});

const reject = defineRoute({
  method: 'post',
  path: '/candidates/{id}/reject',
  'x-permission': 'applications.decide',
  summary: 'Reject an application; the applicant may apply anew',
  request: { params, headers, body: jsonBody(rejectionSchema) },
  responses: {
    200: jsonAnswer(
      'rejected',
      z.object({
        candidate_id: z.string(),
        status: z.literal('rejected'),
        rejection_reason: z.string().nullable(),
      }),
    ),
    ...decisionRefusals,
  },
});

/** What staff decides of applications. */
export function decisionRoutes(parts: RegistrationParts) {
  const { db, clock } = parts;
  return makeRouter()
    .openapi(approve, async (c) => {
      const { id } = c.req.valid('param');
      const { 'idempotency-key': key, 'if-match': ifMatch } = c.req.valid('header');
      const body = c.req.valid('json');
      const once = { db, clock, route: `POST /candidates/${id}/approve`, key, body };
      const done = await createOnce(once, (trx) =>
        approveApplication(trx, { id, ifMatch, by: callerOf(c) }, approveAsOf(body), parts),
      );
      if (done.kind === 'created') return c.json(done.body, 200);
      return done.kind === 'key_reused' ? answerKeyReused(c) : answerNotDecided(c, done);
    })
    .openapi(reject, async (c) => {
      const { id } = c.req.valid('param');
      const { 'idempotency-key': key, 'if-match': ifMatch } = c.req.valid('header');
      const body = c.req.valid('json');
      // Without one the schema is asked about an empty object, and a rejection by a slip of the hand is final.
      if (c.req.header('content-type') === undefined) {
        return answerInvalid(c, [{ path: '(body)', message: 'must be JSON; {} rejects without a reason' }]);
      }
      const reason = body.reason === '' ? null : body.reason;
      const once = { db, clock, route: `POST /candidates/${id}/reject`, key, body };
      const done = await createOnce(once, (trx) =>
        rejectApplication(trx, { id, ifMatch, by: callerOf(c) }, reason, parts),
      );
      if (done.kind === 'created') return c.json(done.body, 200);
      return done.kind === 'key_reused' ? answerKeyReused(c) : answerNotDecided(c, done);
    });
}

function approveAsOf({ provider_id, provider_name }: z.output<typeof approvalSchema>): ApproveAs {
  if (provider_id !== undefined) return { kind: 'existing', providerId: provider_id };
  return provider_name === undefined ? { kind: 'company_name' } : { kind: 'name', name: provider_name };
}

function answerNotDecided(c: Context<AppEnv>, why: NotDecided) {
  switch (why.kind) {
    case 'unknown':
      return answerProblem(c, 404, unknownCandidate);
    case 'match':
      return answerMatchFault(c, why.fault);
    case 'no_provider':
      return answerProblem(c, 409, {
        code: 'no-such-provider',
        title: 'No such provider',
        detail: `there is no active provider ${why.providerId}; approve as one there is, or without provider_id as a new one`,
      });
    case 'not_pending':
      return why.status === 'waiting'
        ? answerProblem(c, 409, {
            code: 'candidate-waits',
            title: 'Another application comes first',
            detail:
              'an open one has the same e-mail address or tax id; decide that one first, GET shows it under `related`',
          })
        : answerProblem(c, 400, {
            code: 'candidate-decided',
            title: 'Decided before',
            detail: `Candidate already ${why.status}`,
          });
    case 'name_taken': {
      const { holder, freeName } = why;
      const problem = problemOf(c, 409, {
        code: 'provider-name-taken',
        title: 'Name taken',
        detail: `provider ${holder.id} is already named "${holder.name}"; approve with provider_id if it is the same company, or with another provider_name`,
      });
      const choices = [{ provider_id: holder.id }, { provider_name: freeName }];
      return c.json({ ...problem, choices }, 409, problemHeaders);
    }
  }
}
