import { z } from '@hono/zod-openapi';
import { isoInstant } from '@weighgate/protocol';
import { callerOf } from '../../http/caller.ts';
import { defineRoute } from '../../http/define-route.ts';
import { jsonAnswer } from '../../http/json-content.ts';
import { answerProblem, refusals } from '../../http/problem.ts';
import { makeRouter } from '../../http/router.ts';
import type { RegistryParts } from '../registry-parts.ts';
import type { CsvFile } from './csv-file.ts';
import { exportFile } from './export-file.ts';
import { importFile } from './import-file.ts';
import { MAX_IMPORT_ROWS } from './read-rows.ts';

const importedSchema = z
  .object({
    dryRun: z.boolean(),
    added: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    changes: z.array(z.object({ line: z.int(), kind: z.enum(['added', 'changed']), what: z.string() })),
    bad: z
      .array(z.object({ line: z.int(), column: z.string().nullable(), reason: z.string() }))
      .openapi({ description: 'only a dry run answers with bad rows; without it they are refused' }),
  })
  .openapi('ImportedFile');

const formSchema = z.strictObject({
  file: z
    .instanceof(File, { message: 'is missing: send a CSV file' })
    .openapi({ type: 'string', format: 'binary' }),
});

type Kind = 'providers' | 'trucks' | 'containers' | 'produce';

function exportOf<K extends Kind>(kind: K) {
  return defineRoute({
    method: 'get',
    path: `/${kind}.csv` as const,
    'x-permission': `${kind}.read` as const,
    summary: `All ${kind} as CSV, as they are now`,
    request: { query: z.strictObject({}) },
    responses: {
      200: {
        description: 'UTF-8, with a header; /import takes it back',
        content: { 'text/csv': { schema: z.string() } },
      },
      ...refusals,
    },
  });
}

function importOf<K extends Kind>(kind: K, columns: readonly string[]) {
  return defineRoute({
    method: 'post',
    path: `/${kind}/import` as const,
    'x-permission': `${kind}.write` as const,
    summary: `Add and change ${kind} by a CSV file, all of it or nothing`,
    description:
      `Columns, by name in any order: ${columns.join(', ')}. At most ${MAX_IMPORT_ROWS} rows in UTF-8, with commas, semicolons or ` +
      'tabs. What the file does not name stays. A file that was imported changes nothing when it is sent again, so no ' +
      'Idempotency-Key is needed.',
    request: {
      query: z.strictObject({
        dryRun: z
          .enum(['true', 'false'])
          .default('false')
          .openapi({ description: 'true: say what would be done, and do nothing' }),
      }),
      body: {
        content: {
          'multipart/form-data': { schema: formSchema },
          'text/csv': { schema: z.string() },
        },
      },
    },
    responses: { 200: jsonAnswer('what was done, or would be', importedSchema), ...refusals },
  });
}

/** Export and import of a kind of thing in the registry. */
export function csvFileRoutes<K extends Kind, Column extends string, Row>(
  file: CsvFile<K, Column, Row>,
  { db, clock }: RegistryParts,
) {
  return makeRouter()
    .openapi(exportOf(file.kind), (c) => {
      const pieces = ReadableStream.from(exportFile(file, db, isoInstant(clock.now())));
      return c.body(pieces.pipeThrough(new TextEncoderStream()), 200, {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${file.kind}.csv"`,
      });
    })
    .openapi(importOf(file.kind, Object.keys(file.columns)), async (c) => {
      const form = c.req.valid('form');
      // What came as plain CSV is empty here.
      const sent = typeof form === 'object' && 'file' in form ? form.file : c.req;
      const bytes = new Uint8Array(await sent.arrayBuffer());
      const isPreview = c.req.valid('query').dryRun === 'true';
      const parts = { db, clock, saidBy: callerOf(c).name };
      const done = await importFile(file, bytes, isPreview, parts);
      if (done.kind === 'refused') {
        const detail = `the file cannot be imported: ${done.reason}`;
        return answerProblem(c, 422, { code: 'file-refused', title: 'File refused', detail });
      }
      const { kind: _, ...imported } = done;
      const [first] = imported.bad;
      if (isPreview || first === undefined) return c.json({ dryRun: isPreview, ...imported }, 200);
      return answerProblem(c, 422, {
        code: 'rows-refused',
        title: 'Rows refused',
        detail:
          `nothing was imported: ${imported.bad.length} rows cannot be taken, the first in line ${first.line}: ` +
          `${first.column ?? 'the row'} ${first.reason}; \`errors\` names them all`,
        errors: imported.bad.map(({ line, column, reason }) => ({
          path: column === null ? `line ${line}` : `line ${line}, ${column}`,
          message: reason,
        })),
      });
    });
}
