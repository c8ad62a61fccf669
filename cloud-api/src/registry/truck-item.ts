import { z } from '@hono/zod-openapi';
import { isoInstant, kgOf } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db } from '../store/database.ts';
import type { FoundTruck } from './find-truck.ts';

/** Most sessions one answer may list. */
export const MAX_TRUCK_SESSIONS = 10_000;

/** A truck as Gan Shmuel shows it. */
export const truckItemSchema = z
  .object({
    id: z.string(),
    tara: z.union([z.number(), z.literal('na')]).openapi({
      description: 'what the truck weighed empty when it was last weighed out before `to`, in kg',
    }),
    sessions: z.array(z.string()).openapi({ description: 'ids, oldest first' }),
  })
  .openapi('GanShmuelTruckItem');

export type TruckItem = { kind: 'found'; view: z.infer<typeof truckItemSchema> } | { kind: 'too_many' };

/** The sessions of a truck, under any of its plates, weighed in during [fromMs, toMs), and its tare. Voided ones do not count. */
export async function truckItemOf(
  db: Db,
  { id, key }: FoundTruck,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<TruckItem> {
  const before = sql<boolean>`weighed_in_at < ${isoInstant(toMs)}::timestamptz`;
  const own = db
    .selectFrom('weighing_sessions')
    .where(
      'truck_key',
      'in',
      db
        .selectFrom('trucks')
        .select('truck_key')
        .where(({ eb, or }) => or([eb('truck_key', '=', key), eb('alias_of', '=', key)])),
    )
    .where('ended', 'is', null)
    .where(before);
  const sessions = await own
    .select('id')
    .where(sql<boolean>`weighed_in_at >= ${isoInstant(fromMs)}::timestamptz`)
    .orderBy('weighed_in_at')
    .orderBy('id')
    .limit(MAX_TRUCK_SESSIONS + 1)
    .execute();
  if (sessions.length > MAX_TRUCK_SESSIONS) return { kind: 'too_many' };
  const last = await own
    .select('truck_tare_g')
    .where('truck_tare_g', 'is not', null)
    .orderBy('weighed_out_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  const tareG = last?.truck_tare_g ?? null;
  return {
    kind: 'found',
    view: { id, tara: tareG === null ? 'na' : kgOf(tareG), sessions: sessions.map((session) => session.id) },
  };
}
