import { z } from '@hono/zod-openapi';
import { plainTextSchema, uuidSchema } from '@weighgate/protocol';
import { callerOf } from '../../http/caller.ts';
import { defineRoute } from '../../http/define-route.ts';
import { idempotencyHeader } from '../../http/idempotent.ts';
import { answerMatchFault, etagOf, ifMatchHeader, matchFaultOf, matchRefusals } from '../../http/if-match.ts';
import { instantParameter } from '../../http/instant.ts';
import { jsonAnswer, jsonBody } from '../../http/json-content.ts';
import { answerKeyReused } from '../../http/key-reused.ts';
import { onceOf } from '../../http/once-of.ts';
import { pageFrom, pageOf, pageQueryOf } from '../../http/page.ts';
import {
  answerInvalid,
  answerProblem,
  answerUnknown,
  problemAnswer,
  problemHeaders,
  problemOf,
  problemSchema,
  refusals,
} from '../../http/problem.ts';
import { makeRouter } from '../../http/router.ts';
import { mayBeMissingSchema, mayBeMissingView } from '../bill-view.ts';
import { findMissing } from '../find-missing.ts';
import { decideRun } from './approve-run.ts';
import { draftRuns } from './draft-runs.ts';
import { findRun } from './find-run.ts';
import { type IssueParts, issueRunOnce, type NotIssued } from './issue-run.ts';
import { runStates } from './run-state.ts';
import { runSchema, runViewOf } from './run-view.ts';

const draft = (timeZone: string) =>
  defineRoute({
    method: 'post',
    path: '/bill-runs',
    'x-permission': 'bills.issue',
    summary: 'Make or renew the drafts of a period, for one provider or for all',
    description:
      'Asked again it renews drafts and leaves what was approved or issued as it is. No draft of the period is approved ' +
      'while something may be missing of it, unless somebody says why.',
    request: {
      body: jsonBody(
        z
          .strictObject({
            from: instantParameter(timeZone),
            to: instantParameter(timeZone),
            providerId: z.int().positive().optional(),
          })
          .openapi('NewBillRuns'),
      ),
    },
    responses: {
      200: jsonAnswer(
        'how many there are now',
        z
          .object({
            drafts: z.int(),
            blocked: z.int(),
            kept: z.int(),
            overlapping: z.int(),
            mayBeMissing: mayBeMissingSchema,
          })
          .openapi('DraftSummary'),
      ),
      ...refusals,
    },
  });

const list = defineRoute({
  method: 'get',
  path: '/bill-runs',
  'x-permission': 'bills.read',
  summary: 'Bill runs, the newest first',
  request: {
    query: pageQueryOf(uuidSchema).extend({ state: z.enum(runStates).optional() }),
  },
  responses: { 200: jsonAnswer('a page', pageOf(runSchema)), ...refusals },
});

const runParams = z.object({ runId: uuidSchema });
const one = defineRoute({
  method: 'get',
  path: '/bill-runs/{runId}',
  'x-permission': 'bills.read',
  summary: 'One bill run with its figures',
  request: { params: runParams },
  responses: {
    200: jsonAnswer('the run; its ETag is what approving and issuing are based on', runSchema),
    404: problemAnswer('no such run'),
    ...refusals,
  },
});

const decide = defineRoute({
  method: 'post',
  path: '/bill-runs/{runId}/{decision}',
  'x-permission': 'bills.issue',
  summary: 'Approve the figures of a draft, or withdraw an approval',
  request: {
    params: runParams.extend({ decision: z.enum(['approve', 'withdraw']) }),
    query: z
      .strictObject({
        incomplete: z.enum(['refuse', 'allow']).default('refuse').openapi({
          description:
            'allow: approves it though something may be missing of the period, for a reason that is on record',
        }),
        reason: plainTextSchema(500).optional(),
      })
      .refine(({ incomplete, reason }) => (incomplete === 'allow') === (reason !== undefined), {
        path: ['reason'],
        message: 'is needed with incomplete=allow, and only there',
      }),
    headers: ifMatchHeader,
  },
  responses: {
    200: jsonAnswer('as it is now', runSchema),
    404: problemAnswer('no such run'),
    409: {
      description:
        'weighings block it, something may be missing and is listed, there is nothing on it, or it has come further',
      content: {
        'application/problem+json': {
          schema: problemSchema.extend({ mayBeMissing: mayBeMissingSchema.optional() }),
        },
      },
    },
    ...matchRefusals,
    ...refusals,
  },
});

const issue = defineRoute({
  method: 'post',
  path: '/bill-runs/{runId}/bill',
  'x-permission': 'bills.issue',
  summary: 'Issue the bill of an approved run',
  request: {
    params: runParams,
    headers: idempotencyHeader.extend(ifMatchHeader.shape),
    body: jsonBody(
      z
        .strictObject({
          withoutAllocation: z.boolean().default(false).openapi({
            description: 'issue it though the tax authority refused its number; the bill says so',
          }),
        })
        .openapi('IssueOrder'),
    ),
  },
  responses: {
    201: jsonAnswer('issued', z.object({ billId: z.string(), numberText: z.string() })),
    404: problemAnswer('no such run'),
    409: problemAnswer('it cannot be issued as it is'),
    503: problemAnswer('the tax authority does not answer; ask again'),
    ...matchRefusals,
    ...refusals,
  },
});

const unsaid = { kind: 'not_said' } as const;

interface RunRouteParts extends IssueParts {
  /** Called with an issued bill after the commit, once more where its answer is repeated. The answer waits. Never throws. */
  onIssued?: (billId: string) => Promise<void>;
}

export function runRoutes(parts: RunRouteParts) {
  const { db } = parts;
  return makeRouter()
    .openapi(draft(parts.timeZone), async (c) => {
      const { from, to, providerId } = c.req.valid('json');
      if (from >= to) return answerInvalid(c, [{ path: 'to', message: 'must be after from' }]);
      const period = { fromMs: from, toMs: to };
      const summary = await draftRuns(period, providerId, parts);
      return c.json({ ...summary, mayBeMissing: mayBeMissingView(await findMissing(db, period)) }, 200);
    })
    .openapi(list, async (c) => {
      const { limit, cursor, state } = c.req.valid('query');
      const rows = await db
        .selectFrom('bill_runs')
        .selectAll()
        .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'draft'))
        .$if(cursor !== undefined, (query) => query.where('id', '<', cursor ?? ''))
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return c.json(
        pageFrom(rows.map(runViewOf), limit, ({ id }) => id),
        200,
      );
    })
    .openapi(one, async (c) => {
      const { runId } = c.req.valid('param');
      const run = await findRun(db, runId);
      if (run === undefined) return answerUnknown(c, `bill run ${runId}`);
      return c.json(runViewOf(run), 200, { etag: etagOf(run.version) });
    })
    .openapi(issue, async (c) => {
      const { runId } = c.req.valid('param');
      const ifMatch = c.req.valid('header')['if-match'];
      if (ifMatch === undefined) return answerMatchFault(c, unsaid);
      const isCurrent = (version: number) => matchFaultOf(ifMatch, version) === null;
      const { withoutAllocation } = c.req.valid('json');
      const body = { runId, ifMatch, withoutAllocation };
      const once = onceOf(c, 'POST /bill-runs/bill', body, { db, clock: parts.clock });
      const order = { runId, by: callerOf(c), isCurrent, withoutAllocation };
      const done = await issueRunOnce(order, once, parts);
      switch (done.kind) {
        case 'created':
          await parts.onIssued?.(done.body.billId);
          return c.json(done.body, 201);
        case 'key_reused':
          return answerKeyReused(c);
        case 'unknown':
          return answerUnknown(c, `bill run ${runId}`);
        case 'stale':
          return answerMatchFault(c, { kind: 'stale', etag: etagOf(done.version) });
        case 'allocation_down':
          c.header('retry-after', '60');
          return answerProblem(c, 503, {
            code: 'allocation-down',
            title: 'No allocation number yet',
            detail: `this bill needs a number of the tax authority, which does not answer (${done.detail}); it stays approved, issue it again later`,
          });
        default:
          return answerProblem(c, 409, {
            code: 'bill-not-issued',
            title: 'Bill not issued',
            detail: whyNotIssued(done),
          });
      }
    })
    .openapi(decide, async (c) => {
      const { runId, decision: event } = c.req.valid('param');
      const ifMatch = c.req.valid('header')['if-match'];
      if (ifMatch === undefined) return answerMatchFault(c, unsaid);
      const isCurrent = (version: number) => matchFaultOf(ifMatch, version) === null;
      const { reason: whyIncomplete = null } = c.req.valid('query');
      const wish = { runId, event, by: callerOf(c), isCurrent, whyIncomplete };
      const done = await decideRun(db, wish, parts);
      switch (done.kind) {
        case 'done':
          return c.json(runViewOf(done.run), 200, { etag: etagOf(done.run.version) });
        case 'unknown':
          return answerUnknown(c, `bill run ${runId}`);
        case 'stale':
          return answerMatchFault(c, { kind: 'stale', etag: etagOf(done.version) });
        case 'incomplete': {
          const { notReported, noOwner } = done.missing;
          const problem = problemOf(c, 409, {
            code: 'bill-run-incomplete',
            title: 'Something may be missing',
            detail:
              `${notReported.length} devices have not reported up to the end of the period, and ${noOwner.length} ` +
              'weighings are of trucks that belong to no provider; "mayBeMissing" lists them. Wait and register them, ' +
              'or approve with incomplete=allow and a reason',
          });
          return c.json({ ...problem, mayBeMissing: mayBeMissingView(done.missing) }, 409, problemHeaders);
        }
        default:
          return answerProblem(c, 409, {
            code: 'bill-run-not-decided',
            title: 'Bill run left as it is',
            detail:
              done.kind === 'blocked'
                ? `${done.blockedCount} weighings keep it from being approved; its figures say why, GET /unbilled names them`
                : done.kind === 'empty'
                  ? 'there is nothing on it to bill'
                  : `it is ${done.state} by now`,
          });
      }
    });
}

function whyNotIssued(
  done: Extract<NotIssued, { kind: 'wrong_state' | 'changed' | 'no_buyer' | 'allocation_refused' }>,
): string {
  switch (done.kind) {
    case 'wrong_state':
      return `it is ${done.state}; only an approved run is issued`;
    case 'changed':
      return 'what would be billed now is not what was approved: it is a draft again with the new figures; look at them and approve it anew';
    case 'no_buyer':
      return 'nobody has said who the buyer on a bill is; say it with POST /buyer-details';
    case 'allocation_refused':
      return `the tax authority refused a number (${done.reason}); issue it with withoutAllocation, and the bill says so`;
  }
}
