import { z } from '@hono/zod-openapi';
import { isoInstant, truckIdSchema, uuidSchema } from '@weighgate/protocol';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerInvalid, answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import { decideProposal } from './decide-proposal.ts';
import type { RegistryParts } from './registry-parts.ts';

const outcomeSchema = z.enum(['open', 'accepted', 'mapped', 'turned_down']);
const proposalSchema = z
  .object({
    id: z.string(),
    truck: z.string().openapi({ description: 'the plate as it was typed at the gate' }),
    site: z.string(),
    device: z.string(),
    proposedAt: z.string(),
    outcome: outcomeSchema,
    registeredTruck: z.string().nullable().openapi({ description: 'the truck it turned out to be' }),
  })
  .openapi('TruckProposal');

const list = defineRoute({
  method: 'get',
  path: '/truck-proposals',
  'x-permission': 'proposals.read',
  summary: 'Trucks that came to a gate and were on no list, by id; the open ones unless asked otherwise',
  request: { query: pageQueryOf(uuidSchema).extend({ outcome: outcomeSchema.default('open') }) },
  responses: { 200: jsonAnswer('a page', pageOf(proposalSchema)), ...refusals },
});

const decisionSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('accept'), providerId: z.int().positive() }),
    z.strictObject({ kind: z.literal('map'), truck: truckIdSchema }),
    z.strictObject({ kind: z.literal('turn_down') }),
  ])
  .openapi('TruckDecision');

const decide = defineRoute({
  method: 'post',
  path: '/truck-proposals/{id}/decision',
  'x-permission': 'proposals.decide',
  summary: 'Take a proposed truck as new, say which registered truck it is, or turn it down',
  request: { params: z.object({ id: uuidSchema }), body: jsonBody(decisionSchema) },
  responses: {
    200: jsonAnswer('decided', z.object({ id: z.string(), outcome: outcomeSchema })),
    404: problemAnswer('no such proposal'),
    409: problemAnswer('decided before'),
    ...refusals,
  },
});

export function proposalRoutes({ db, clock }: RegistryParts) {
  return makeRouter()
    .openapi(list, async (c) => {
      const { limit, cursor, outcome } = c.req.valid('query');
      const rows = await db
        .selectFrom('truck_proposals')
        .leftJoin('trucks', 'trucks.truck_key', 'truck_proposals.mapped_key')
        .select(['proposal_id', 'truck', 'site', 'device', 'proposed_at', 'outcome', 'trucks.id as plate'])
        .where('outcome', '=', outcome)
        .$if(cursor !== undefined, (query) => query.where('proposal_id', '>', cursor ?? ''))
        .orderBy('proposal_id')
        .limit(limit + 1)
        .execute();
      const proposals = rows.map(({ proposal_id: id, proposed_at, plate: registeredTruck, ...row }) => {
        return { id, ...row, proposedAt: isoInstant(proposed_at.getTime()), registeredTruck };
      });
      return c.json(
        pageFrom(proposals, limit, ({ id }) => id),
        200,
      );
    })
    .openapi(decide, async (c) => {
      const { id } = c.req.valid('param');
      const decision = c.req.valid('json');
      const done = await db
        .transaction()
        .execute((trx) =>
          decideProposal(trx, { proposalId: id, decision, decidedBy: callerOf(c).name }, clock),
        );
      switch (done.kind) {
        case 'decided':
          return c.json({ id, outcome: done.outcome }, 200);
        case 'unknown_proposal':
          return answerUnknown(c, `truck proposal ${id}`);
        case 'unknown_provider':
          return answerInvalid(c, [{ path: 'providerId', message: 'there is no such provider' }]);
        case 'unknown_truck':
          return answerInvalid(c, [
            { path: 'truck', message: 'is not registered; accept the proposal instead' },
          ]);
        case 'already':
          return answerProblem(c, 409, {
            code: 'proposal-decided',
            title: 'Decided before',
            detail: `this proposal was decided before: ${done.outcome.replace('_', ' ')}`,
          });
      }
    });
}
