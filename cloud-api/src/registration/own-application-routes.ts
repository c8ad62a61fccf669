import { z } from '@hono/zod-openapi';
import { isoInstant } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import { defineRoute } from '../http/define-route.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { answerProblem, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { ApplicationsTable } from '../store/registration-tables.ts';
import { findByLink, linkTokenPattern } from './private-link.ts';
import type { RegistrationParts } from './registration-parts.ts';
import { withdrawApplication } from './withdraw-application.ts';

/** An application as its applicant sees it. One that waits looks like any that is pending: why it waits is not theirs to know. */
export interface OwnApplication {
  reference: string;
  status: 'pending' | 'approved' | 'rejected' | 'withdrawn';
  company_name: string;
  submitted_at: string;
  decided_at: string | null;
  rejection_reason: string | null;
  link_expires_at: string;
}

/** What of the row is the applicant's to see. */
export function ownApplicationOf(row: Selectable<ApplicationsTable>): OwnApplication {
  return {
    reference: row.reference,
    status: row.status === 'waiting' ? 'pending' : row.status,
    company_name: row.company_name,
    submitted_at: isoInstant(row.created_at.getTime()),
    decided_at: row.decided_at === null ? null : isoInstant(row.decided_at.getTime()),
    rejection_reason: row.rejection_reason,
    link_expires_at: isoInstant(row.link_expires_at.getTime()),
  };
}

const ownSchema = z
  .object({
    reference: z.string(),
    status: z.enum(['pending', 'approved', 'rejected', 'withdrawn']),
    company_name: z.string(),
    submitted_at: z.string(),
    decided_at: z.string().nullable(),
    rejection_reason: z.string().nullable(),
    link_expires_at: z.string(),
  })
  .openapi('OwnApplication');

/** A private link's token in a path. */
const linkParams = z.object({
  token: z.string().regex(linkTokenPattern, 'is no private link; take it whole, as it was given').openapi({
    description: 'of the private link',
  }),
});
const refused = {
  404: problemAnswer('the link is not known, or has expired'),
  422: refusals[422],
  500: refusals[500],
};

const look = defineRoute({
  method: 'get',
  path: '/applications/{token}',
  'x-permission': 'public',
  summary: 'How the own application stands, by its private link',
  request: { params: linkParams },
  responses: { 200: jsonAnswer('as it stands', ownSchema), ...refused },
});

const withdraw = defineRoute({
  method: 'post',
  path: '/applications/{token}/withdraw',
  'x-permission': 'public',
  summary: 'Take the own application back; doing it again changes nothing',
  request: { params: linkParams },
  responses: {
    200: jsonAnswer('it is withdrawn', ownSchema),
    409: problemAnswer('it was decided before'),
    ...refused,
  },
});

const unknownLink = {
  code: 'link-unknown',
  title: 'Link not known',
  detail: 'this private link is not known, or has expired; apply anew or ask the weighbridge office',
};

/** What an applicant does with the private link. */
export function ownApplicationRoutes(parts: RegistrationParts) {
  const { db, clock } = parts;
  return makeRouter()
    .openapi(look, async (c) => {
      const row = await findByLink(db, c.req.valid('param').token, clock);
      return row === undefined ? answerProblem(c, 404, unknownLink) : c.json(ownApplicationOf(row), 200);
    })
    .openapi(withdraw, async (c) => {
      const { token } = c.req.valid('param');
      const done = await db.transaction().execute((trx) => withdrawApplication(trx, token, parts));
      if (done.kind === 'unknown') return answerProblem(c, 404, unknownLink);
      if (done.kind === 'withdrawn') return c.json(ownApplicationOf(done.row), 200);
      return answerProblem(c, 409, {
        code: 'candidate-decided',
        title: 'Decided before',
        detail: `the application was ${done.row.status} before; it can no more be withdrawn`,
      });
    });
}
