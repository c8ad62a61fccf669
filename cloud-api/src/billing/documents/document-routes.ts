import { z } from '@hono/zod-openapi';
import { type Language, languageSchema, type MakeId, uuidSchema } from '@weighgate/protocol';
import type { Context } from 'hono';
import { callerOf } from '../../http/caller.ts';
import { defineRoute } from '../../http/define-route.ts';
import { jsonAnswer, jsonBody } from '../../http/json-content.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../../http/problem.ts';
import { type AppEnv, makeRouter } from '../../http/router.ts';
import { queueMail } from '../../outbound/queue-message.ts';
import type { StoredBill } from '../read-frozen-bill.ts';
import { billJsonOf, deliveriesCsvOf, linesCsvOf } from './bill-export.ts';
import { billMailOf } from './bill-mail.ts';
import { billPdf, type PdfParts } from './bill-pdf.ts';
import { billXlsx } from './bill-xlsx.ts';
import { DocumentDrawingError } from './document-drawer.ts';
import { findOwnBill } from './own-bill.ts';

const formats = ['pdf', 'json', 'lines.csv', 'deliveries.csv', 'xlsx'] as const;
const workbookType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
type Format = (typeof formats)[number];

const params = z.object({ billId: uuidSchema });
const busy = problemAnswer('documents cannot be drawn now; Retry-After says when to try again');

const document = defineRoute({
  method: 'get',
  path: '/bills/{billId}/document',
  'x-permission': 'bills.read',
  'x-own-data': true,
  summary: 'An issued bill as a document, made of its frozen copy: the same bytes on any day',
  request: {
    params,
    query: z.strictObject({
      format: z.enum(formats).default('pdf'),
      language: languageSchema.default('en').openapi({ description: 'of a PDF' }),
    }),
  },
  responses: {
    200: {
      description: 'the document',
      content: {
        'application/pdf': { schema: z.string().openapi({ format: 'binary' }) },
        'text/csv': { schema: z.string() },
        [workbookType]: { schema: z.string().openapi({ format: 'binary' }) },
        'application/json': { schema: z.object({ hash: z.string() }).loose() },
      },
    },
    404: problemAnswer('no such bill'),
    503: busy,
    ...refusals,
  },
});

const mail = defineRoute({
  method: 'post',
  path: '/bills/{billId}/mail',
  'x-permission': 'bills.issue',
  summary: 'Send the PDF of an issued bill to an address; once for each address and language',
  request: {
    params,
    body: jsonBody(z.strictObject({ to: z.email().max(254), language: languageSchema }).openapi('BillMail')),
  },
  responses: {
    202: jsonAnswer(
      'it is sent',
      z.object({ isNew: z.boolean().openapi({ description: 'false: sent before' }) }),
    ),
    404: problemAnswer('no such bill'),
    503: busy,
    ...refusals,
  },
});

export interface DocumentParts extends PdfParts {
  makeId: MakeId;
}

/** Documents of issued bills. */
export function documentRoutes(parts: DocumentParts) {
  const { db } = parts;

  async function bytesOf(bill: StoredBill, format: Format, language: Language) {
    switch (format) {
      case 'pdf':
        return new Uint8Array(await billPdf(bill, language, parts));
      case 'json':
        return streamed(billJsonOf(db, bill));
      case 'xlsx':
        return new Uint8Array(await billXlsx(db, bill));
      case 'lines.csv':
        return linesCsvOf(bill);
      case 'deliveries.csv':
        return streamed(deliveriesCsvOf(db, bill));
    }
  }

  return makeRouter()
    .openapi(document, async (c) => {
      const { billId } = c.req.valid('param');
      const { format, language } = c.req.valid('query');
      const bill = await findOwnBill(db, billId, callerOf(c).providerId);
      if (bill === undefined) return answerUnknown(c, `bill ${billId}`);
      return unlessBusy(c, async () => {
        const bytes = await bytesOf(bill, format, language);
        const name = `${bill.bill.numberText}${format === 'pdf' ? `-${language}` : ''}.${format}`;
        return c.body(bytes, 200, {
          'content-type': contentTypes[format],
          'content-disposition': `attachment; filename="${name}"`,
        });
      });
    })
    .openapi(mail, async (c) => {
      const { billId } = c.req.valid('param');
      const { to, language } = c.req.valid('json');
      const bill = await findOwnBill(db, billId, callerOf(c).providerId);
      if (bill === undefined) return answerUnknown(c, `bill ${billId}`);
      return unlessBusy(c, async () => {
        const pdf = await billPdf(bill, language, parts);
        const content = billMailOf(bill.bill, pdf, to, language);
        const isNew = await db
          .transaction()
          .execute((trx) => queueMail(trx, `bill.mailed ${billId} ${language}`, content, parts));
        return c.json({ isNew }, 202);
      });
    });
}

const contentTypes: Readonly<Record<Format, string>> = {
  pdf: 'application/pdf',
  json: 'application/json',
  xlsx: workbookType,
  'lines.csv': 'text/csv; charset=utf-8',
  'deliveries.csv': 'text/csv; charset=utf-8',
};

function streamed(pieces: AsyncIterable<string>): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
}

/** Answers 503 when documents cannot be drawn now; the bill is not touched by it. */
async function unlessBusy<T>(c: Context<AppEnv>, work: () => Promise<T>) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DocumentDrawingError)) throw error;
    c.header('retry-after', '30');
    return answerProblem(c, 503, { code: error.code, title: 'Not drawn', detail: error.message });
  }
}
