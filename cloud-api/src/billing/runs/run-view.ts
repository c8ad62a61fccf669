import { z } from '@hono/zod-openapi';
import { isoInstant } from '@weighgate/protocol';
import { draftFiguresSchema } from './draft-figures.ts';
import type { Run } from './find-run.ts';
import { runStates } from './run-state.ts';

/** A run as the API shows it. */
export const runSchema = z
  .object({
    id: z.string(),
    providerId: z.int(),
    from: z.string(),
    to: z.string().openapi({ description: 'exclusive' }),
    state: z.enum(runStates),
    blockedCount: z.int().openapi({ description: 'weighings that keep it from being approved' }),
    figures: draftFiguresSchema,
    draftedAt: z.string(),
    approved: z.object({ by: z.string(), at: z.string() }).nullable(),
    billId: z.string().nullable(),
  })
  .openapi('BillRun');

export function runViewOf(run: Run): z.infer<typeof runSchema> {
  const { approved_by: by, approved_at: at } = run;
  return {
    id: run.id,
    providerId: run.provider_id,
    from: isoInstant(run.period_from.getTime()),
    to: isoInstant(run.period_to.getTime()),
    state: run.state,
    blockedCount: run.blocked_count,
    figures: draftFiguresSchema.parse(JSON.parse(run.figures)),
    draftedAt: isoInstant(run.drafted_at.getTime()),
    approved: by === null || at === null ? null : { by, at: isoInstant(at.getTime()) },
    billId: run.bill_id,
  };
}
