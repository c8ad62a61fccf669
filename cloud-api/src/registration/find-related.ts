import { z } from '@hono/zod-openapi';
import { isoInstant } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import { providerNameKeyOf } from '../registry/provider-name.ts';
import type { Db } from '../store/database.ts';
import type { ApplicationsTable } from '../store/registration-tables.ts';
import { candidateStatuses } from './candidate-view.ts';

const MOST_SHOWN = 50;

/** What a decision needs to know beside the application itself. */
export const relatedSchema = z.object({
  related: z
    .array(
      z.object({
        candidate_id: z.string(),
        reference: z.string(),
        status: z.enum(candidateStatuses),
        created_at: z.string(),
        rejection_reason: z.string().nullable(),
        provider_id: z.int().nullable(),
      }),
    )
    .openapi({ description: 'the newest 50 others of the same e-mail address or tax id' }),
  name_taken_by: z
    .object({ id: z.int(), name: z.string() })
    .nullable()
    .openapi({ description: 'the provider that has this company name already' }),
});

/** Reads it. */
export async function findRelated(
  db: Db,
  row: Selectable<ApplicationsTable>,
): Promise<z.infer<typeof relatedSchema>> {
  const others = await db
    .selectFrom('applications')
    .select(['application_id', 'reference', 'status', 'created_at', 'rejection_reason', 'provider_id'])
    .where(({ eb, or }) => or([eb('email_key', '=', row.email_key), eb('tax_key', '=', row.tax_key)]))
    .where('application_id', '<>', row.application_id)
    .orderBy('created_at', 'desc')
    .limit(MOST_SHOWN)
    .execute();
  const holder = await db
    .selectFrom('providers')
    .select(['id', 'name'])
    .where('name_key', '=', providerNameKeyOf(row.company_name))
    .executeTakeFirst();
  const related = others.map(({ application_id, created_at, ...other }) => ({
    candidate_id: application_id,
    created_at: isoInstant(created_at.getTime()),
    ...other,
  }));
  return { related, name_taken_by: holder ?? null };
}
