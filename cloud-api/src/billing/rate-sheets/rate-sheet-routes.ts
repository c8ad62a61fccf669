import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { isoInstant, uuidSchema } from '@weighgate/protocol';
import { recordChange } from '../../audit/record-change.ts';
import { callerOf } from '../../http/caller.ts';
import { defineRoute } from '../../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../../http/idempotent.ts';
import { answerMatchFault, etagOf, ifMatchHeader, matchFaultOf, matchRefusals } from '../../http/if-match.ts';
import { jsonAnswer } from '../../http/json-content.ts';
import { answerKeyReused } from '../../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../../http/page.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../../http/problem.ts';
import { makeRouter } from '../../http/router.ts';
import type { BillTerms } from '../bill-of.ts';
import { answerBadSheet, badSheetAnswer } from './bad-sheet.ts';
import { draftSheet, openSheet, type SheetParts } from './draft-sheet.ts';
import { publishSheet } from './publish-sheet.ts';
import { effectOf } from './sheet-effect.ts';
import { sheetFileOf, sheetFormSchema } from './sheet-form.ts';
import {
  differenceView,
  effectSchema,
  effectView,
  sheetDifferenceSchema,
  sheetSchema,
  sheetView,
} from './sheet-view.ts';
import { compareSheet, findSheet } from './stored-sheet.ts';

const params = z.object({ id: uuidSchema });
const draftedSchema = z.object({
  id: z.string(),
  ignoredColumns: z.array(z.string()).openapi({ description: 'columns of the sheet that are not read' }),
});

const draft = (timeZone: string) =>
  defineRoute({
    method: 'post',
    path: '/rate-sheets/import',
    'x-permission': 'rates.write',
    summary: 'Check a sheet of rates, cell by cell, and keep it as a draft; no rate is changed',
    request: {
      headers: idempotencyHeader,
      body: { required: true, content: { 'multipart/form-data': { schema: sheetFormSchema(timeZone) } } },
    },
    responses: { 201: jsonAnswer('kept', draftedSchema), 400: badSheetAnswer, ...refusals },
  });

const list = defineRoute({
  method: 'get',
  path: '/rate-sheets',
  'x-permission': 'rates.read',
  summary: 'Sheets of rates, in the order they came',
  request: { query: pageQueryOf(uuidSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(sheetSchema)), ...refusals },
});

const one = defineRoute({
  method: 'get',
  path: '/rate-sheets/{id}',
  'x-permission': 'rates.read',
  summary: 'A sheet, and as long as it is a draft what it would change now; the ETag is for publishing that',
  request: { params },
  responses: {
    200: jsonAnswer('the sheet', sheetDifferenceSchema),
    404: problemAnswer('no such sheet'),
    ...refusals,
  },
});

const effect = defineRoute({
  method: 'get',
  path: '/rate-sheets/{id}/effect',
  'x-permission': 'rates.read',
  summary: 'What publishing a draft would do to deliveries that are on no bill yet, by provider',
  request: { params },
  responses: {
    200: jsonAnswer('providers for whom something changes', effectSchema),
    404: problemAnswer('no such draft'),
    ...refusals,
  },
});

const publish = defineRoute({
  method: 'post',
  path: '/rate-sheets/{id}/publish',
  'x-permission': 'rates.write',
  summary: 'Publish a draft: all that it changes, at once',
  request: { params, headers: ifMatchHeader },
  responses: {
    200: jsonAnswer('what was changed', sheetDifferenceSchema),
    404: problemAnswer('no such sheet'),
    409: problemAnswer('it was discarded'),
    ...matchRefusals,
    ...refusals,
  },
});

const discard = defineRoute({
  method: 'post',
  path: '/rate-sheets/{id}/discard',
  'x-permission': 'rates.write',
  summary: 'Put a draft aside for good',
  request: { params },
  responses: { 200: jsonAnswer('the sheet', sheetSchema), 404: problemAnswer('no such draft'), ...refusals },
});

export function rateSheetRoutes(parts: SheetParts) {
  const { db, clock, currency } = parts;
  const terms: BillTerms = { currency, rounding: 'half_away', vat: 'not_charged' };
  return makeRouter()
    .openapi(draft(parts.timeZone), async (c) => {
      const form = c.req.valid('form');
      const file = await sheetFileOf(form, clock.now());
      const opened = await openSheet(file);
      if (opened.kind === 'refused') return answerBadSheet(c, opened);
      const { takesEffect, unnamed } = form;
      const hash = createHash('sha256').update(file.bytes).digest('hex');
      const body = { name: file.name, hash, takesEffect, unnamed };
      const key = c.req.valid('header')['idempotency-key'];
      const by = callerOf(c).name;
      const done = await createOnce({ db, clock, route: 'POST /rate-sheets/import', key, body }, (trx) =>
        draftSheet(trx, opened, by, parts),
      );
      if (done.kind === 'created') return c.json(done.body, 201);
      return done.kind === 'key_reused' ? answerKeyReused(c) : answerBadSheet(c, done);
    })
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('rate_sheets')
        .selectAll()
        .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      return c.json(
        pageFrom(rows.map(sheetView), limit, ({ id }) => id),
        200,
      );
    })
    .openapi(one, async (c) => {
      const { id } = c.req.valid('param');
      const sheet = await findSheet(db, id);
      if (sheet === undefined) return answerUnknown(c, `rate sheet ${id}`);
      const difference = await compareSheet(db, sheet, currency);
      if (sheet.state !== 'draft') return c.json(differenceView(sheet, { ...difference, changes: [] }), 200);
      c.header('etag', etagOf(difference.ratesVersion));
      return c.json(differenceView(sheet, difference), 200);
    })
    .openapi(effect, async (c) => {
      const { id } = c.req.valid('param');
      const found = await db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute(async (trx) => {
          const sheet = await findSheet(trx, id);
          if (sheet === undefined || sheet.state !== 'draft') return undefined;
          const difference = await compareSheet(trx, sheet, currency);
          return effectOf(trx, difference, { nowMs: clock.now() + 1, terms });
        });
      if (found === undefined) return answerUnknown(c, `draft of a rate sheet ${id}`);
      return c.json(effectView(found, currency), 200);
    })
    .openapi(publish, async (c) => {
      const { id } = c.req.valid('param');
      const ifMatch = c.req.valid('header')['if-match'];
      const isSeen = (version: number) => matchFaultOf(ifMatch, version) === null;
      if (ifMatch === undefined) return answerMatchFault(c, { kind: 'not_said' });
      const by = callerOf(c);
      const done = await db.transaction().execute((trx) => publishSheet(trx, id, { by, isSeen }, parts));
      switch (done.kind) {
        case 'unknown':
          return answerUnknown(c, `rate sheet ${id}`);
        case 'decided':
          return answerProblem(c, 409, {
            code: 'rate-sheet-decided',
            title: 'Rate sheet decided on',
            detail: `this sheet is ${done.state} already`,
          });
        case 'stale':
          return answerMatchFault(c, { kind: 'stale', etag: etagOf(done.ratesVersion) });
        case 'published': {
          const sheet = await findSheet(db, id);
          return sheet === undefined
            ? answerUnknown(c, `rate sheet ${id}`)
            : c.json(differenceView(sheet, done.difference), 200);
        }
      }
    })
    .openapi(discard, async (c) => {
      const { id } = c.req.valid('param');
      const by = callerOf(c);
      const row = await db.transaction().execute(async (trx) => {
        const discarded = await trx
          .updateTable('rate_sheets')
          .set({ state: 'discarded', decided_by: by.name, decided_at: isoInstant(clock.now()) })
          .where('id', '=', id)
          .where('state', '=', 'draft')
          .returningAll()
          .executeTakeFirst();
        if (discarded === undefined) return undefined;
        const subject = { kind: 'rate_sheet', id };
        await recordChange(
          trx,
          { by, action: 'rate_sheet.discarded', subject, before: null, after: null },
          parts,
        );
        return discarded;
      });
      return row === undefined
        ? answerUnknown(c, `draft of a rate sheet ${id}`)
        : c.json(sheetView(row), 200);
    });
}
