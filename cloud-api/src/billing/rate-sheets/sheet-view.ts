import { z } from '@hono/zod-openapi';
import { isoInstant } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import type { RateSheetsTable } from '../../store/schema.ts';
import { jsonAmountOf } from '../money.ts';
import { perTonneOf } from './sheet-cells.ts';
import type { RateSpan } from './sheet-difference.ts';
import type { ProviderEffect } from './sheet-effect.ts';
import type { SheetDifference } from './stored-sheet.ts';

const spanSchema = z.object({
  ratePerKgMinor: z.string(),
  ratePerTonneMinor: z.string(),
  currency: z.string(),
  validFrom: z.string().nullable(),
  validTo: z.string().nullable().openapi({ description: 'exclusive' }),
});

/** A sheet as it lies in the list. */
export const sheetSchema = z
  .object({
    id: z.string(),
    fileName: z.string(),
    fileHash: z.string().openapi({ description: 'SHA-256' }),
    takesEffect: z.string(),
    unnamed: z.enum(['end', 'keep']),
    state: z.enum(['draft', 'published', 'discarded']),
    uploadedBy: z.string(),
    uploadedAt: z.string(),
    decidedBy: z.string().nullable(),
    decidedAt: z.string().nullable(),
  })
  .openapi('RateSheet');

/** A draft with what it would change now. */
export const sheetDifferenceSchema = z
  .object({
    sheet: sheetSchema,
    rowCount: z.int(),
    newProduce: z.array(z.string()).openapi({ description: 'produce that publishing would register' }),
    changes: z
      .array(
        z.object({
          produce: z.string(),
          providerId: z.int().nullable().openapi({ description: 'null: for all' }),
          before: z.array(spanSchema),
          after: z.array(spanSchema),
        }),
      )
      .openapi({ description: 'none: the sheet says what holds already' }),
  })
  .openapi('RateSheetDifference');

const amount = z.union([z.int(), z.string()]).nullable().openapi({
  description: 'minor units before VAT; null: some of it has no rate',
});

/** What publishing would do to unbilled deliveries. */
export const effectSchema = z
  .object({
    currency: z.string(),
    providers: z.array(
      z.object({
        providerId: z.int(),
        name: z.string(),
        oldMinor: amount,
        newMinor: amount,
        produce: z.array(
          z.object({
            produce: z.string(),
            sessionCount: z.int(),
            netKg: z.number(),
            oldMinor: amount,
            newMinor: amount,
          }),
        ),
      }),
    ),
  })
  .openapi('RateSheetEffect');

const instantOrNull = (ms: number | null) => (ms === null ? null : isoInstant(ms));
const amountOrNull = (minor: bigint | null) => (minor === null ? null : jsonAmountOf(minor));
const GRAMS_PER_KG = 1_000;

export function sheetView(row: Selectable<RateSheetsTable>): z.infer<typeof sheetSchema> {
  return {
    id: row.id,
    fileName: row.file_name,
    fileHash: row.file_hash,
    takesEffect: isoInstant(row.takes_effect.getTime()),
    unnamed: row.unnamed,
    state: row.state,
    uploadedBy: row.uploaded_by,
    uploadedAt: isoInstant(row.uploaded_at.getTime()),
    decidedBy: row.decided_by,
    decidedAt: instantOrNull(row.decided_at?.getTime() ?? null),
  };
}

export function differenceView(
  row: Selectable<RateSheetsTable>,
  { changes, newProduce, rowCount }: SheetDifference,
): z.infer<typeof sheetDifferenceSchema> {
  return {
    sheet: sheetView(row),
    rowCount,
    newProduce,
    changes: changes.map(({ produce, providerId, before, after }) => ({
      produce,
      providerId,
      before: before.map(spanView),
      after: after.map(spanView),
    })),
  };
}

function spanView(span: RateSpan): z.infer<typeof spanSchema> {
  return {
    ratePerKgMinor: span.ratePerKgMinor,
    ratePerTonneMinor: perTonneOf(span.ratePerKgMinor),
    currency: span.currency,
    validFrom: instantOrNull(span.validFromMs),
    validTo: instantOrNull(span.validToMs),
  };
}

export function effectView(
  providers: readonly ProviderEffect[],
  currency: string,
): z.infer<typeof effectSchema> {
  return {
    currency,
    providers: providers.map(({ providerId, name, oldMinor, newMinor, produce }) => ({
      providerId,
      name,
      oldMinor: amountOrNull(oldMinor),
      newMinor: amountOrNull(newMinor),
      produce: produce.map((one) => ({
        produce: one.produce,
        sessionCount: one.sessionCount,
        netKg: Number(one.netG) / GRAMS_PER_KG,
        oldMinor: amountOrNull(one.oldMinor),
        newMinor: amountOrNull(one.newMinor),
      })),
    })),
  };
}
