import { type Clock, type MakeId, readEntry } from '@weighgate/protocol';
import { sql } from 'kysely';
import { raiseAlarm } from '../fleet/raise-alarm.ts';
import type { Trx } from '../store/database.ts';
import type { StatedRow } from './append-rows.ts';
import type { ChainPlace } from './chain-store.ts';
import { factOf, isSameFact } from './fact-of.ts';
import { parkEntry } from './park-entry.ts';

/**
 * Looks at rows whose fact is stored already. The same fact is kept for the chain and nothing more; another one under the
 * same id is parked, and somebody has to look at it.
 */
export async function settleRepeats(
  trx: Trx,
  chain: ChainPlace,
  repeats: readonly StatedRow[],
  parts: { clock: Clock; makeId: MakeId },
): Promise<void> {
  const first = await findFirst(
    trx,
    repeats.map(({ fact }) => fact.uuid),
  );
  for (const { row, fact } of repeats) {
    const known = first.get(fact.uuid);
    if (known !== undefined && isSameFact(known.content, fact.content)) continue;
    const detail = `another fact has the id ${fact.uuid}${known === undefined ? '' : `, at ${known.place}`}`;
    await parkEntry(trx, chain, row, fact, { reason: 'fact_conflict', detail }, parts.clock);
    await raiseAlarm(trx, { code: 'fact_conflict', ...chain, seq: row.seq, detail }, parts);
  }
}

async function findFirst(trx: Trx, uuids: readonly string[]) {
  const found = await sql<{ device: string; incarnation: string; seq: number; entry_text: string }>`
    select device, incarnation, seq, entry_text from proven_entries
     where coalesce(carried_uuid, uuid) = any(${uuids}::uuid[]) and not repeats_uuid`.execute(trx);
  return new Map(
    found.rows.flatMap(({ entry_text, ...place }) => {
      const reading = readEntry(entry_text);
      if (reading.kind === 'malformed') return [];
      const { uuid, content } = factOf(place, reading);
      return [[uuid, { content, place: `entry ${place.seq} of ${place.incarnation}` }] as const];
    }),
  );
}
