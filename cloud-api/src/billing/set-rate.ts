import { z } from '@hono/zod-openapi';
import { isoInstant, produceIdSchema } from '@weighgate/protocol';
import { instantParameter } from '../http/instant.ts';
import { lockMasterData, recordChanges } from '../registry/record-changes.ts';
import { rateChange } from '../registry/row-changes.ts';
import type { Trx } from '../store/database.ts';
import { rateTextSchema } from './money.ts';
import type { SheetParts } from './rate-sheets/draft-sheet.ts';
import { readRate } from './rate-sheets/sheet-cells.ts';
import { type rateSchema, rateView } from './rate-view.ts';

const perTonneSchema = z.string().transform((text, ctx) => {
  const reading = readRate(text, 'tonne');
  if (reading.kind === 'read') return reading.value;
  ctx.addIssue({ code: 'custom', message: reading.reason });
  return z.NEVER;
});

/** One rate, said for a kilogram or for a tonne. */
export const newRateSchema = (timeZone: string) =>
  z
    .strictObject({
      produce: produceIdSchema,
      providerId: z.int().positive().nullable().default(null),
      ratePerKgMinor: rateTextSchema.optional(),
      ratePerTonneMinor: perTonneSchema.optional().openapi({
        type: 'string',
        description: 'minor units per tonne, in place of ratePerKgMinor',
      }),
      validFrom: instantParameter(timeZone).nullable().default(null),
      validTo: instantParameter(timeZone).nullable().default(null),
    })
    .refine(({ validFrom, validTo }) => validFrom === null || validTo === null || validFrom < validTo, {
      path: ['validTo'],
      message: 'must be after validFrom',
    })
    .transform(({ ratePerTonneMinor, ...rate }, ctx) => {
      const ratePerKgMinor = rate.ratePerKgMinor ?? ratePerTonneMinor;
      const isSaidOnce = (rate.ratePerKgMinor === undefined) !== (ratePerTonneMinor === undefined);
      if (ratePerKgMinor !== undefined && isSaidOnce) return { ...rate, ratePerKgMinor };
      ctx.addIssue({ code: 'custom', path: ['ratePerKgMinor'], message: 'say it or ratePerTonneMinor' });
      return z.NEVER;
    });
type NewRate = z.infer<ReturnType<typeof newRateSchema>>;

/** What came of setting a rate. */
export type RateSetting =
  | { kind: 'created'; body: z.infer<typeof rateSchema> }
  | { kind: 'unknown'; field: string; message: string }
  | { kind: 'overlap' };

/** Adds a rate beside those that stand; one that would hold at the same time as another of its kind is not added. */
export async function setRate(trx: Trx, rate: NewRate, parts: SheetParts): Promise<RateSetting> {
  await lockMasterData(trx);
  const { produce, providerId } = rate;
  if (!(await exists(trx, 'produce', produce))) {
    return { kind: 'unknown', field: 'produce', message: `there is no produce "${produce}"` };
  }
  if (providerId !== null && !(await exists(trx, 'providers', providerId))) {
    return { kind: 'unknown', field: 'providerId', message: `there is no provider ${providerId}` };
  }
  const row = await trx
    .insertInto('rates')
    .values({
      id: parts.makeId(),
      produce,
      provider_id: providerId,
      rate_per_kg_minor: rate.ratePerKgMinor,
      currency: parts.currency,
      valid_from: rate.validFrom === null ? null : isoInstant(rate.validFrom),
      valid_to: rate.validTo === null ? null : isoInstant(rate.validTo),
      created_at: isoInstant(parts.clock.now()),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return { kind: 'overlap' };
  await recordChanges(trx, [await rateChange(trx, row.id, parts.currency)], parts.clock);
  return { kind: 'created', body: rateView(row, parts.currency) };
}

async function exists(trx: Trx, table: 'produce' | 'providers', id: string | number): Promise<boolean> {
  const row = await trx.selectFrom(table).select('id').where('id', '=', id).executeTakeFirst();
  return row !== undefined;
}
