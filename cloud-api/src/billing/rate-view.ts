import { z } from '@hono/zod-openapi';
import { isoInstant } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import type { RatesTable } from '../store/schema.ts';
import { rateTextOf } from './money.ts';
import { perTonneOf } from './rate-sheets/sheet-cells.ts';

/** A rate as it was set. */
export const rateSchema = z
  .object({
    id: z.string(),
    produce: z.string(),
    providerId: z.int().nullable().openapi({ description: 'null: for every provider' }),
    ratePerKgMinor: z.string().openapi({ example: '93.5', description: 'minor units per kg' }),
    ratePerTonneMinor: z.string().openapi({ example: '93500' }),
    currency: z.string(),
    validFrom: z.string().nullable(),
    validTo: z.string().nullable().openapi({ description: 'exclusive' }),
    withdrawnAt: z.string().nullable().openapi({ description: 'null while it stands' }),
  })
  .openapi('Rate');

/** @param cloudCurrency that of rates which name none */
export function rateView(row: Selectable<RatesTable>, cloudCurrency: string): z.infer<typeof rateSchema> {
  const instantOf = (at: Date | null) => (at === null ? null : isoInstant(at.getTime()));
  const ratePerKgMinor = rateTextOf(row.rate_per_kg_minor);
  return {
    id: row.id,
    produce: row.produce,
    providerId: row.provider_id,
    ratePerKgMinor,
    ratePerTonneMinor: perTonneOf(ratePerKgMinor),
    currency: row.currency ?? cloudCurrency,
    validFrom: instantOf(row.valid_from),
    validTo: instantOf(row.valid_to),
    withdrawnAt: instantOf(row.withdrawn_at),
  };
}
