import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { problemHeaders, problemOf, problemSchema } from '../../http/problem.ts';
import type { AppEnv } from '../../http/router.ts';
import type { BadCell } from './read-sheet.ts';

const cellsSchema = z.array(z.object({ cell: z.string().openapi({ example: 'B7' }), reason: z.string() }));

/** Declares what a route answers to a sheet that cannot be taken. */
export const badSheetAnswer = {
  description:
    'the sheet cannot be taken, and nothing was changed: `cells` names every bad cell; without them the request could not be read',
  content: {
    'application/problem+json': { schema: problemSchema.extend({ cells: cellsSchema.optional() }) },
  },
};

/** Cells that the sentence names; the list has all of them. */
const MAX_SPOKEN = 3;

/** Answers 400 with every bad cell, in words that begin as those of the former system. */
export function answerBadSheet(
  c: Context<AppEnv>,
  fault: { kind: 'refused'; reason: string } | { kind: 'bad_cells'; cells: BadCell[] },
) {
  const cells = fault.kind === 'bad_cells' ? fault.cells : [];
  const said =
    fault.kind === 'refused'
      ? fault.reason
      : `${cells.length} bad cells: ${cells
          .slice(0, MAX_SPOKEN)
          .map(({ cell, reason }) => `${cell} ${reason}`)
          .join('; ')}`;
  const problem = problemOf(c, 400, {
    code: 'rate-sheet-refused',
    title: 'Rate sheet refused',
    detail: `Error reading Excel file: ${said}`,
  });
  return c.json({ ...problem, cells }, 400, problemHeaders);
}
