import { z } from '@hono/zod-openapi';
import { isoInstant } from '@weighgate/protocol';
import type { ShiftRow } from './shift-span.ts';
import type { ShiftStatistics } from './shift-statistics.ts';

const MINUTE_MS = 60_000;
const GRAMS_PER_KG = 1_000;

/** A shift; the first eight members are those of Gan Shmuel. */
export const shiftSchema = z
  .object({
    operator_id: z.int(),
    shift_type: z
      .enum(['morning', 'afternoon', 'night'])
      .nullable()
      .openapi({ description: 'null for a shift of a kiosk, where nobody is asked' }),
    id: z.int(),
    start_time: z.string(),
    end_time: z.string().nullable(),
    duration_minutes: z.int().nullable().openapi({ description: 'whole minutes; null while it is open' }),
    transactions_processed: z
      .int()
      .nullable()
      .openapi({ description: 'trucks weighed out, counted from the ledger; null where it cannot be known' }),
    notes: z.string().nullable(),
    opened_at: z.enum(['kiosk', 'cloud']),
    device: z.string().nullable(),
    ended_by: z.string().nullable(),
    forced_why: z.string().nullable().openapi({ description: 'why somebody else ended it' }),
    corrected_why: z.string().nullable().openapi({ description: 'why it was corrected, the last time' }),
    too_long: z.boolean().openapi({ description: 'open for longer than a shift may be' }),
  })
  .openapi('Shift');

export const statisticsSchema = z
  .object({
    shift_id: z.int(),
    counted_at: z.string(),
    complete: z
      .boolean()
      .openapi({ description: 'whether everything that belongs to the shift is known to be counted' }),
    unreported: z
      .array(z.object({ device: z.string(), reported_up_to: z.string().nullable() }))
      .openapi({ description: 'devices that may still hold something of the shift' }),
    why_unknown: z.string().nullable().openapi({ description: 'why nothing can be counted' }),
    sessions: z.int().nullable().openapi({ description: 'trucks weighed out that still count' }),
    weighings: z.int().nullable(),
    net_pending: z.int().nullable().openapi({ description: 'of the sessions, how many wait for a tare' }),
    produce: z.array(z.object({ produce: z.string().nullable(), net_kg: z.number() })).nullable(),
    net_kg: z.number().nullable(),
    manual: z.int().nullable(),
    voids: z.int().nullable(),
    reprints: z.int().nullable(),
    overrides: z.int().nullable(),
    refused_overrides: z.int().nullable(),
    parked: z.int().nullable().openapi({ description: 'entries of it that wait for a decision' }),
    offline_ms: z.int().nullable().openapi({ description: 'as the kiosk told at its end; null until then' }),
  })
  .openapi('ShiftStatistics');

export function shiftViewOf(
  row: ShiftRow,
  sessions: number | null,
  { maxLengthMs }: { maxLengthMs: number },
  nowMs: number,
): z.infer<typeof shiftSchema> {
  const openedMs = row.opened_at.getTime();
  const closedMs = row.closed_at?.getTime() ?? null;
  return {
    operator_id: row.staff_id,
    shift_type: row.shift_type,
    id: row.number,
    start_time: isoInstant(openedMs),
    end_time: closedMs === null ? null : isoInstant(closedMs),
    duration_minutes: closedMs === null ? null : Math.floor((closedMs - openedMs) / MINUTE_MS),
    transactions_processed: sessions,
    notes: row.notes,
    opened_at: row.origin,
    device: row.device,
    ended_by: row.closed_by,
    forced_why: row.forced_why,
    corrected_why: row.corrected_why,
    too_long: closedMs === null && nowMs - openedMs > maxLengthMs,
  };
}

export function statisticsViewOf(
  row: ShiftRow,
  { count, countedAt, why, offlineMs, unreported }: ShiftStatistics,
): z.infer<typeof statisticsSchema> {
  const netG = count?.produce.reduce((sum, one) => sum + one.netG, 0);
  return {
    shift_id: row.number,
    counted_at: countedAt,
    complete:
      count !== null &&
      row.closed_at !== null &&
      unreported.length === 0 &&
      count.parked === 0 &&
      count.netPending === 0,
    unreported: unreported.map(({ device, reportedUpTo }) => ({ device, reported_up_to: reportedUpTo })),
    why_unknown: why,
    sessions: count?.sessions ?? null,
    weighings: count?.weighings ?? null,
    net_pending: count?.netPending ?? null,
    produce: count?.produce.map((one) => ({ produce: one.produce, net_kg: one.netG / GRAMS_PER_KG })) ?? null,
    net_kg: netG === undefined ? null : netG / GRAMS_PER_KG,
    manual: count?.manual ?? null,
    voids: count?.voids ?? null,
    reprints: count?.reprints ?? null,
    overrides: count?.overrides ?? null,
    refused_overrides: count?.refusedOverrides ?? null,
    parked: count?.parked ?? null,
    offline_ms: offlineMs,
  };
}
