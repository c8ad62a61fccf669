import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Store } from '../store/open-store.ts';
import { actorOf, requirePermission } from './actor.ts';
import { answerOnce, askedWith, idempotencyOf, jsonText } from './idempotency.ts';
import { importNameSchema, readImportFile } from './import-file.ts';
import { type Problem, problem } from './problem.ts';
import { type Parsed, readBody, readValue } from './read-body.ts';
import { MAX_LIST_BYTES, MAX_LIST_ROWS, readTareList } from './tare-list.ts';

export interface BatchRouteParts {
  store: Pick<Store, 'containerTares' | 'keptAnswers'>;
  importDir: string | undefined;
  log: Logger;
}

/** What is around a list in a multipart body: borders and headers. */
const MULTIPART_EXTRA_BYTES = 16 * 1024;

/** The one path whose body may be larger than the others'. */
export const BATCH_PATH = '/api/weight/batch-weight';

const namedBody = z.strictObject({ file: importNameSchema });
const uploadBody = z.strictObject({ file: z.instanceof(File, { error: 'must be a file' }) });

interface TareFile {
  name: string;
  bytes: Uint8Array;
}

/**
 * `POST /batch-weight`, to be mounted at `/api/weight`: tares of containers from a file, all or none. The file is named
 * as JSON `{ file }` and lies in the import folder, or it is sent as the field `file` of a multipart form.
 */
export function batchRoutes({ store, importDir, log }: BatchRouteParts) {
  const routes = new Hono();

  const limit = bodyLimit({
    maxSize: MAX_LIST_BYTES + MULTIPART_EXTRA_BYTES,
    onError: (c) => problem(c, tooLarge('The file')),
  });
  routes.post('/batch-weight', requirePermission('tares'), limit, async (c) => {
    const isUpload = c.req.header('content-type')?.startsWith('multipart/form-data') === true;
    const file = isUpload
      ? await uploadedFile(await c.req.parseBody({ all: true }))
      : await namedFile(await c.req.text(), importDir);
    if (!file.ok) return problem(c, file.problem);
    const { name, bytes } = file.value;
    const list = readTareList(name, bytes);
    switch (list.kind) {
      case 'malformed':
        return problem(c, {
          status: 400,
          code: 'file_malformed',
          title: 'Not imported',
          detail: `Invalid file format: ${name} ${list.reason}.`,
        });
      case 'too_long':
        return problem(c, tooLarge(name));
      case 'bad_rows': {
        const { faults } = list;
        const lines = new Set(faults.map(({ line }) => line)).size;
        const detail = `${lines} ${lines === 1 ? 'row' : 'rows'} of ${name} cannot be read, so none was taken. Correct them and send the file again.`;
        return problem(c, { status: 422, code: 'bad_rows', title: 'Not imported', detail, errors: faults });
      }
      case 'tares': {
        const asked = createHash('sha256').update(askedWith(c, name)).update(bytes).digest();
        const idempotency = idempotencyOf(c, asked);
        if (!idempotency.ok) return problem(c, idempotency.problem);
        const once = actorOf(c).act(() =>
          answerOnce(c, store.keptAnswers, idempotency.value, () => ({
            made: {
              message: `Successfully processed ${list.rowCount} containers`,
              processed_count: list.rowCount,
              skipped_count: 0,
              errors: [],
              changedCount: store.containerTares.setTares(list.tares).changedCount,
            },
          })),
        );
        if (!once.ok) return once.response;
        log.info({ file: name, rows: list.rowCount }, 'container_tares.imported');
        return jsonText(c, once.text);
      }
    }
  });

  return routes;
}

async function uploadedFile(form: unknown): Promise<Parsed<TareFile>> {
  const body = readValue(form, uploadBody);
  if (!body.ok) return body;
  const { file } = body.value;
  const named = readValue({ file: file.name }, namedBody);
  if (!named.ok) return named;
  if (file.size > MAX_LIST_BYTES) return { ok: false, problem: tooLarge(named.value.file) };
  return { ok: true, value: { name: named.value.file, bytes: await file.bytes() } };
}

async function namedFile(text: string, importDir: string | undefined): Promise<Parsed<TareFile>> {
  const body = readBody(text, namedBody);
  if (!body.ok) return body;
  const name = body.value.file;
  const notFound = (detail: string): Parsed<TareFile> => ({
    ok: false,
    problem: { status: 404, code: 'file_not_found', title: 'Not imported', detail },
  });
  if (importDir === undefined)
    return notFound(
      'This agent has no import folder (importDir). Send the file itself as multipart form data.',
    );
  const file = await readImportFile(importDir, name, MAX_LIST_BYTES);
  switch (file.kind) {
    case 'bytes':
      return { ok: true, value: { name, bytes: file.bytes } };
    case 'missing':
      return notFound(`File not found: there is no ${name} in the import folder.`);
    case 'too_large':
      return { ok: false, problem: tooLarge(name) };
    case 'unreadable':
      return {
        ok: false,
        problem: {
          status: 400,
          code: 'file_unreadable',
          title: 'Not imported',
          detail: `${name} cannot be read: ${file.reason}.`,
        },
      };
  }
}

function tooLarge(what: string): Problem {
  const detail = `${what} may have ${MAX_LIST_BYTES} bytes and ${MAX_LIST_ROWS} rows. Split it.`;
  return { status: 413, code: 'too_large', title: 'Too large', detail };
}
