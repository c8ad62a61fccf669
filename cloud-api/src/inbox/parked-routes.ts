import { z } from '@hono/zod-openapi';
import { deviceIdSchema, isoInstant, plainTextSchema, uuidSchema } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { saidBySchema } from '../http/doer.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { ParkedEntriesTable } from '../store/journal-tables.ts';
import type { IngestParts } from './ingest.ts';
import { findAttempts, type ParkedOutcome, resolveParked, retryParked } from './retry-parked.ts';

const placeSchema = z.strictObject({
  device: deviceIdSchema,
  incarnation: uuidSchema,
  seq: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be the number of an entry')
    .transform(Number)
    .openapi({ type: 'integer', minimum: 1 }),
});

const parkedFields = {
  device: z.string(),
  incarnation: z.string(),
  seq: z.int(),
  kind: z.string(),
  reason: z.string().openapi({ description: 'why it was not applied, as a word to count by' }),
  detail: z.string(),
  sessionId: z.string().nullable(),
  ticketNo: z.string().nullable(),
  truck: z.string().nullable(),
  weighedAt: z.string().nullable(),
  parkedAt: z.string(),
  ageS: z.int().openapi({ description: 'whole seconds since it was parked' }),
};
const parkedSchema = z.object(parkedFields).openapi('ParkedEntry');
const attemptSchema = z.object({
  outcome: z.enum(['applied', 'still_parked', 'resolved']),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  by: z.string(),
  at: z.string(),
});
const shownSchema = z
  .object({
    ...parkedFields,
    entryText: z.string().openapi({ description: 'the entry as its device wrote it' }),
    attempts: z.array(attemptSchema),
  })
  .openapi('ParkedEntryWithHistory');

const person = saidBySchema(60);
const retrySchema = z.strictObject({ by: person });
const resolveSchema = z.strictObject({ by: person, reason: plainTextSchema(500) });
const outcomeSchema = z.object({
  outcome: z.enum(['applied', 'still_parked', 'resolved']),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
});

const keySchema = z.tuple([z.iso.datetime(), deviceIdSchema, uuidSchema, z.int()]);
const list = defineRoute({
  method: 'get',
  path: '/parked',
  'x-permission': 'parked.read',
  summary: 'Entries that are stored but not applied, longest parked first',
  request: { query: pageQueryOf(keySchema) },
  responses: { 200: jsonAnswer('a page', pageOf(parkedSchema)), ...refusals },
});
const show = defineRoute({
  method: 'get',
  path: '/parked/{device}/{incarnation}/{seq}',
  'x-permission': 'parked.read',
  summary: 'A parked entry, its text, and what was done about it',
  request: { params: placeSchema },
  responses: {
    200: jsonAnswer('the entry', shownSchema),
    404: problemAnswer('no such entry was ever parked'),
    ...refusals,
  },
});
const acted = {
  200: jsonAnswer('what came of it', outcomeSchema),
  404: problemAnswer('no such entry was ever parked'),
  409: problemAnswer(
    'it is over already, another parked entry comes first, or a later entry has overtaken it',
  ),
  ...refusals,
};
const retry = defineRoute({
  method: 'post',
  path: '/parked/{device}/{incarnation}/{seq}/retry',
  'x-permission': 'parked.decide',
  summary:
    'Apply a parked entry now; it stays parked, with the reason of now, when that is still not possible',
  request: {
    params: placeSchema,
    body: { required: true, content: { 'application/json': { schema: retrySchema } } },
  },
  responses: acted,
});
const resolve = defineRoute({
  method: 'post',
  path: '/parked/{device}/{incarnation}/{seq}/resolve',
  'x-permission': 'parked.decide',
  summary: 'Take a parked entry off the list for good, unapplied, by a named person with a reason',
  request: {
    params: placeSchema,
    body: { required: true, content: { 'application/json': { schema: resolveSchema } } },
  },
  responses: acted,
});

export type ParkedParts = Pick<IngestParts, 'db' | 'clock' | 'makeId' | 'log' | 'apply'>;

export function parkedRoutes(parts: ParkedParts) {
  const { db, clock } = parts;
  return makeRouter()
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('open_parked_entries')
        .selectAll()
        .$if(cursor !== undefined, (query) => {
          const [parkedAt, device, incarnation, seq] = cursor ?? [];
          return query.where(
            sql<boolean>`(parked_at, device, incarnation, seq) > (${parkedAt}::timestamptz, ${device}, ${incarnation}::uuid, ${seq}::bigint)`,
          );
        })
        .orderBy('parked_at')
        .orderBy('device')
        .orderBy('incarnation')
        .orderBy('seq')
        .limit(limit + 1)
        .execute();
      const views = rows.map((row) => viewOf(row, clock.now()));
      const keyOf = ({ parkedAt, device, incarnation, seq }: ParkedView) => [
        parkedAt,
        device,
        incarnation,
        seq,
      ];
      return c.json(pageFrom(views, limit, keyOf), 200);
    })
    .openapi(show, async (c) => {
      const place = c.req.valid('param');
      const row = await db
        .selectFrom('parked_entries')
        .innerJoin('proven_entries', (join) =>
          join
            .onRef('proven_entries.device', '=', 'parked_entries.device')
            .onRef('proven_entries.incarnation', '=', 'parked_entries.incarnation')
            .onRef('proven_entries.seq', '=', 'parked_entries.seq'),
        )
        .selectAll('parked_entries')
        .select('entry_text')
        .where('parked_entries.device', '=', place.device)
        .where('parked_entries.incarnation', '=', place.incarnation)
        .where('parked_entries.seq', '=', place.seq)
        .executeTakeFirst();
      if (row === undefined) return answerUnknown(c, `parked entry ${place.seq} of ${place.device}`);
      const attempts = await findAttempts(db, place);
      return c.json({ ...viewOf(row, clock.now()), entryText: row.entry_text, attempts }, 200);
    })
    .openapi(retry, async (c) => {
      const place = c.req.valid('param');
      const outcome = await retryParked(place, { ...c.req.valid('json'), caller: callerOf(c) }, parts);
      if (outcome.kind === 'unknown') return answerUnknown(c, `parked entry ${place.seq} of ${place.device}`);
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return answerProblem(c, 409, refusal);
      return c.json(outcomeOf(outcome), 200);
    })
    .openapi(resolve, async (c) => {
      const place = c.req.valid('param');
      const outcome = await resolveParked(place, { ...c.req.valid('json'), caller: callerOf(c) }, parts);
      if (outcome.kind === 'unknown') return answerUnknown(c, `parked entry ${place.seq} of ${place.device}`);
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return answerProblem(c, 409, refusal);
      return c.json(outcomeOf(outcome), 200);
    });
}

type ParkedView = z.infer<typeof parkedSchema>;

function viewOf(row: Selectable<ParkedEntriesTable>, nowMs: number): ParkedView {
  return {
    device: row.device,
    incarnation: row.incarnation,
    seq: row.seq,
    kind: row.kind,
    reason: row.reason,
    detail: row.detail,
    sessionId: row.session_id,
    ticketNo: row.ticket_no,
    truck: row.truck,
    weighedAt: row.weighed_at === null ? null : isoInstant(row.weighed_at.getTime()),
    parkedAt: isoInstant(row.parked_at.getTime()),
    ageS: Math.max(0, Math.floor((nowMs - row.parked_at.getTime()) / 1000)),
  };
}

function outcomeOf(outcome: ParkedOutcome): z.infer<typeof outcomeSchema> {
  return outcome.kind === 'still_parked'
    ? { outcome: 'still_parked', reason: outcome.reason, detail: outcome.detail }
    : { outcome: outcome.kind === 'resolved' ? 'resolved' : 'applied', reason: null, detail: null };
}

function refusalOf(outcome: ParkedOutcome) {
  const title = 'Parked entry not touched';
  switch (outcome.kind) {
    case 'over':
      return {
        code: 'parked-entry-over',
        title,
        detail: `it was ${outcome.outcome} by ${outcome.by} at ${outcome.at}`,
      };
    case 'depends':
      return {
        code: 'parked-entry-depends',
        title,
        detail: `entry ${outcome.onSeq} of the same chain is about the same ${outcome.subject} and is parked too; retry or resolve that one first`,
      };
    case 'overtaken':
      return {
        code: 'parked-entry-overtaken',
        title,
        detail: `entry ${outcome.bySeq}, which came later, already says how ${outcome.subject} stands; resolve this one instead`,
      };
    default:
      return undefined;
  }
}
