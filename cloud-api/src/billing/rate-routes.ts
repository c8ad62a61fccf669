import { z } from '@hono/zod-openapi';
import { uuidSchema } from '@weighgate/protocol';
import type { Context } from 'hono';
import { callerOf } from '../http/caller.ts';
import { defineRoute } from '../http/define-route.ts';
import { createOnce, idempotencyHeader } from '../http/idempotent.ts';
import { jsonAnswer, jsonBody } from '../http/json-content.ts';
import { answerKeyReused } from '../http/key-reused.ts';
import { pageFrom, pageOf, pageQueryOf } from '../http/page.ts';
import { answerInvalid, answerProblem, problemAnswer, refusals } from '../http/problem.ts';
import { type AppEnv, makeRouter } from '../http/router.ts';
import { findAllRates } from './find-billable.ts';
import { answerBadSheet, badSheetAnswer } from './rate-sheets/bad-sheet.ts';
import type { SheetFile, SheetParts } from './rate-sheets/draft-sheet.ts';
import { readFromDirectory } from './rate-sheets/read-from-directory.ts';
import { sheetFileOf, sheetFormSchema } from './rate-sheets/sheet-form.ts';
import { takeSheet } from './rate-sheets/take-sheet.ts';
import { csvOf, plainGridOf, plainRatesOf, wholeGridOf, workbookOf } from './rate-sheets/write-rates.ts';
import { rateSchema, rateView } from './rate-view.ts';
import { newRateSchema, setRate } from './set-rate.ts';

const takenSchema = z
  .object({
    message: z.string().openapi({ example: 'Successfully uploaded 12 rates' }),
    sheetId: z.string(),
    changes: z.int().openapi({ description: 'of how many produces and scopes the rates changed' }),
    newProduce: z.array(z.string()).openapi({ description: 'produce that was registered by it' }),
  })
  .openapi('RatesTaken');

const create = (timeZone: string) =>
  defineRoute({
    method: 'post',
    path: '/rates',
    'x-permission': 'rates.write',
    summary: 'Set one rate (JSON), or publish a whole sheet of rates (a form with a file)',
    description:
      'A sheet has the columns Product, Rate and Scope, and may have Unit, Currency, From and To. It is taken whole or not ' +
      'at all; a draft with a preview is made by /rate-sheets/import.',
    request: {
      headers: idempotencyHeader,
      body: {
        content: {
          'application/json': { schema: newRateSchema(timeZone) },
          'multipart/form-data': { schema: sheetFormSchema(timeZone) },
        },
      },
    },
    responses: {
      200: jsonAnswer('the sheet was taken', takenSchema),
      201: jsonAnswer('set', rateSchema),
      400: badSheetAnswer,
      409: problemAnswer('another rate of this produce and provider holds in part of that time'),
      ...refusals,
    },
  });

const fromDirectory = defineRoute({
  method: 'post',
  path: '/rates/from-directory',
  'x-permission': 'rates.write',
  summary: 'Publish a sheet that lies in the folder for rates on the server',
  request: { body: jsonBody(z.strictObject({ file: z.string().min(1).max(200) })) },
  responses: { 200: jsonAnswer('the sheet was taken', takenSchema), 400: badSheetAnswer, ...refusals },
});

const workbookType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const file = z.string().openapi({ type: 'string', format: 'binary' });

const download = defineRoute({
  method: 'get',
  path: '/rates',
  'x-permission': 'rates.read',
  summary: 'The rates as a file',
  description:
    'excel and json: those that hold now, in the form of the former system. xlsx and csv: every rate that stands, with when ' +
    'it holds; read again as a sheet, it changes nothing.',
  request: {
    query: z.strictObject({ format: z.string().max(20).default('excel').openapi({ example: 'json' }) }),
  },
  responses: {
    200: {
      description: 'the rates',
      content: {
        [workbookType]: { schema: file },
        'text/csv': { schema: file },
        'application/json': {
          schema: z.array(
            z.object({ product_id: z.string(), rate: z.union([z.int(), z.string()]), scope: z.string() }),
          ),
        },
      },
    },
    ...refusals,
  },
});

const history = defineRoute({
  method: 'get',
  path: '/rates/history',
  'x-permission': 'rates.read',
  summary: 'Every rate that was ever set, in the order they were set; those that were withdrawn, too',
  request: { query: pageQueryOf(uuidSchema) },
  responses: { 200: jsonAnswer('a page', pageOf(rateSchema)), ...refusals },
});

export interface RateParts extends SheetParts {
  /** Folder that `/rates/from-directory` reads. */
  ratesDir: string;
}

export function rateRoutes(parts: RateParts) {
  const { db, clock, currency } = parts;

  async function answerTaking(c: Context<AppEnv>, sheet: SheetFile) {
    const taken = await takeSheet(sheet, callerOf(c), parts);
    if (taken.kind !== 'taken') return answerBadSheet(c, taken);
    const message = `Successfully uploaded ${taken.rowCount} rates`;
    const { id: sheetId, changeCount: changes, newProduce } = taken;
    return c.json({ message, sheetId, changes, newProduce }, 200);
  }

  return makeRouter()
    .openapi(create(parts.timeZone), async (c) => {
      // What came in the other form is empty here.
      const form = c.req.valid('form');
      if ('file' in form) return answerTaking(c, await sheetFileOf(form, clock.now()));
      const body = c.req.valid('json');
      if (!('produce' in body)) {
        return answerInvalid(c, [{ path: 'file', message: 'is missing: send a form with a file, or JSON' }]);
      }
      const key = c.req.valid('header')['idempotency-key'];
      const done = await createOnce({ db, clock, route: 'POST /rates', key, body }, (trx) =>
        setRate(trx, body, parts),
      );
      switch (done.kind) {
        case 'created':
          return c.json(done.body, 201);
        case 'key_reused':
          return answerKeyReused(c);
        case 'unknown':
          return answerInvalid(c, [{ path: done.field, message: done.message }]);
        case 'overlap':
          return answerProblem(c, 409, {
            code: 'rate-overlaps',
            title: 'Rate overlaps another',
            detail:
              `another rate for "${body.produce}" and ` +
              `${body.providerId === null ? 'all providers' : `provider ${body.providerId}`} holds in part of that time`,
          });
      }
    })
    .openapi(fromDirectory, async (c) => {
      const found = await readFromDirectory(parts.ratesDir, c.req.valid('json').file);
      if (found.kind === 'refused') return answerBadSheet(c, found);
      return answerTaking(c, { ...found, takesEffectMs: clock.now(), unnamed: 'end' });
    })
    .openapi(download, async (c) => {
      const rates = await findAllRates(db, currency);
      const nowMs = clock.now();
      const format = c.req.valid('query').format.toLowerCase();
      if (format === 'json') return c.json(plainRatesOf(rates, nowMs), 200);
      if (format === 'csv') {
        c.header('content-disposition', 'attachment; filename=rates.csv');
        return c.body(csvOf(wholeGridOf(rates)), 200, { 'content-type': 'text/csv; charset=utf-8' });
      }
      const grid = format === 'xlsx' ? wholeGridOf(rates) : plainGridOf(rates, nowMs);
      c.header('content-disposition', 'attachment; filename=rates.xlsx');
      const bytes = await workbookOf(grid, nowMs);
      return c.body(new Uint8Array(bytes), 200, { 'content-type': workbookType });
    })
    .openapi(history, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await db
        .selectFrom('rates')
        .selectAll()
        .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      return c.json(
        pageFrom(
          rows.map((row) => rateView(row, currency)),
          limit,
          ({ id }) => id,
        ),
        200,
      );
    });
}
