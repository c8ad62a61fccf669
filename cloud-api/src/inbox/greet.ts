import {
  type DownMessage,
  type EntryTime,
  type Hello,
  isoInstant,
  MAX_SPREAD_MS,
  readEntry,
  SYNC_2,
} from '@weighgate/protocol';
import { sql } from 'kysely';
import { quarantineDevice } from '../fleet/quarantine.ts';
import { raiseAlarm } from '../fleet/raise-alarm.ts';
import { findBoots, recordHello } from '../fleet/record-hello.ts';
import { findSigningKeys } from '../fleet/signing-keys.ts';
import type { Trx } from '../store/database.ts';
import { readCloudEpoch } from '../store/epoch.ts';
import { findPosition } from './chain-store.ts';
import type { IngestParts } from './ingest.ts';
import { emptyPosition, type IngestPosition } from './plan-batch.ts';
import { agreedOf, planHello } from './plan-hello.ts';

/** Batches a device may have unanswered. */
const WINDOW = 16;
const PACE_ROWS_PER_SECOND = 10_000;
/** After an outage devices come back spread over this much for each of them. */
export const SPREAD_PER_DEVICE_MS = 50;
/** Schemas of journal entries that this version applies. */
const SCHEMAS = { min: 1, max: 1 };

/**
 * Answers a HELLO with how far this chain is stored, and with a FORK when the device's chain contradicts it. What it says of
 * the device is kept, and what is wrong with it raises an alarm.
 */
export async function ingestHello(hello: Hello, parts: IngestParts): Promise<DownMessage[]> {
  const { device, incarnation } = hello;
  const log = parts.log.child({ device, incarnation });
  return parts.db.transaction().execute(async (trx) => {
    const position = (await findPosition(trx, hello)) ?? emptyPosition(device, incarnation);
    const hashes = await findHashes(trx, hello, position);
    const boots = await findBoots(trx, device);
    const plan = planHello(hello, {
      position,
      hashAtItsHead: hashes.get(hello.head.seq),
      lastEntryAt: await findLastEntryTime(trx, hello, position),
      boots: boots.map(({ bootId, monoMs }, i) => ({ bootId, monoMs, isNewest: i === 0 })),
      lastIncarnation: await findLastIncarnation(trx, device),
      publicKeys: (await findSigningKeys(trx, device))
        .filter((key) => !key.retired)
        .map((key) => key.publicKey),
    });
    if (!plan.isStale) await recordHello(trx, hello, parts.clock);
    for (const alarm of plan.alarms) {
      log.error({ code: alarm.code, seq: alarm.seq, detail: alarm.detail }, 'device.alarm');
      await raiseAlarm(trx, alarm, parts);
    }
    if (plan.quarantine !== null) await quarantineDevice(trx, device, plan.quarantine, parts.clock);
    const welcome: DownMessage = {
      v: 1,
      type: 'welcome',
      device,
      incarnation,
      cloudEpoch: await readCloudEpoch(trx),
      upTo: position.contiguousSeq,
      hash: position.headHash,
      serverTime: isoInstant(parts.clock.now()),
      window: WINDOW,
      paceRowsPerSecond: PACE_ROWS_PER_SECOND,
      masterDataRevision: (await parts.masterData?.head(trx)) ?? null,
      ...(hello.capabilities.includes(SYNC_2)
        ? { ...agreedOf(hello, hashes), schemas: SCHEMAS, spreadMs: await spreadMs(trx) }
        : {}),
    };
    if (plan.answer.type === 'welcome') return [welcome];
    const { seq, cloudHash } = plan.answer;
    // The WELCOME first: it says up to where the two agree, which the device needs to know in order to part.
    return [welcome, { v: 1, type: 'fork', device, incarnation, seq, cloudHash }];
  });
}

async function findHashes(trx: Trx, hello: Hello, position: IngestPosition): Promise<Map<number, string>> {
  const seqs = [hello.head, ...(hello.marks ?? [])].map(({ seq }) => seq);
  const found = await sql<{ seq: number; hash: string }>`
    select seq, hash from proven_entries
     where device = ${hello.device} and incarnation = ${hello.incarnation} and seq = any(${seqs}::bigint[])`.execute(
    trx,
  );
  const hashes = new Map(found.rows.map(({ seq, hash }) => [seq, hash]));
  return hashes.set(position.contiguousSeq, position.headHash);
}

async function findLastEntryTime(
  trx: Trx,
  hello: Hello,
  position: IngestPosition,
): Promise<EntryTime | undefined> {
  if (hello.head.seq >= position.contiguousSeq) return undefined;
  const last = await trx
    .selectFrom('proven_entries')
    .select('entry_text')
    .where('device', '=', hello.device)
    .where('incarnation', '=', hello.incarnation)
    .where('seq', '=', position.contiguousSeq)
    .executeTakeFirst();
  const reading = readEntry(last?.entry_text ?? '');
  if (reading.kind === 'malformed') return undefined;
  return (reading.kind === 'known' ? reading.entry : reading.header).at;
}

async function findLastIncarnation(trx: Trx, device: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('devices')
    .select('incarnation')
    .where('device', '=', device)
    .executeTakeFirst();
  return row?.incarnation;
}

async function spreadMs(trx: Trx): Promise<number> {
  const { devices } = await trx
    .selectFrom('devices')
    .select(({ fn }) => fn.countAll<number>().as('devices'))
    .executeTakeFirstOrThrow();
  return Math.min(MAX_SPREAD_MS, devices * SPREAD_PER_DEVICE_MS);
}
