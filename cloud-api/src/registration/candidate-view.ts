import { z } from '@hono/zod-openapi';
import { isoInstant } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import type { ApplicationsTable } from '../store/registration-tables.ts';

export const candidateStatuses = ['waiting', 'pending', 'approved', 'rejected', 'withdrawn'] as const;

/** An application as staff sees it: the words of the Gan Shmuel API first, then ours. */
export const candidateSchema = z
  .object({
    candidate_id: z.string(),
    status: z.enum(candidateStatuses).openapi({
      description:
        '`waiting`: behind an open one of the same e-mail address or tax id, until that one is decided',
    }),
    company_name: z.string(),
    contact_email: z.string(),
    phone: z.string().nullable(),
    products: z.array(z.string()),
    truck_count: z.int(),
    capacity_tons_per_day: z.int(),
    location: z.string().nullable(),
    created_at: z.string(),
    updated_at: z.string(),
    provider_id: z.int().nullable(),
    version: z.int().openapi({ description: 'also the ETag, for If-Match of a decision' }),
    rejection_reason: z.string().nullable(),
    reference: z.string().openapi({ example: 'K7Q2-9XBD' }),
    tax_id: z.string().nullable(),
    language: z.enum(['he', 'en', 'ar']),
    decided_at: z.string().nullable(),
    decided_by: z.string().nullable(),
  })
  .openapi('Candidate');

/** The row as it is answered. */
export function candidateOf(row: Selectable<ApplicationsTable>): z.infer<typeof candidateSchema> {
  return {
    candidate_id: row.application_id,
    status: row.status,
    company_name: row.company_name,
    contact_email: row.contact_email,
    phone: row.phone,
    products: row.products,
    truck_count: row.truck_count,
    capacity_tons_per_day: row.capacity_tons_per_day,
    location: row.location,
    created_at: isoInstant(row.created_at.getTime()),
    updated_at: isoInstant(row.updated_at.getTime()),
    provider_id: row.provider_id,
    version: row.version,
    rejection_reason: row.rejection_reason,
    reference: row.reference,
    tax_id: row.tax_id,
    language: row.language,
    decided_at: row.decided_at === null ? null : isoInstant(row.decided_at.getTime()),
    decided_by: row.decided_by,
  };
}
