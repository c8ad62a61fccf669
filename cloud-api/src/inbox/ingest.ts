import {
  type Batch,
  type Clock,
  type DownMessage,
  type Hello,
  isoInstant,
  type Uuid,
} from '@weighgate/protocol';
import type { Logger } from 'pino';
import { recordHello } from '../fleet/record-hello.ts';
import type { Db, Trx } from '../store/database.ts';
import type { ApplyEntry } from './applied.ts';
import { applyOrPark } from './apply-or-park.ts';
import {
  appendEntry,
  findKnownHashes,
  findPosition,
  keepFork,
  lockPosition,
  movePosition,
} from './chain-store.ts';
import { parkEntry } from './park-entry.ts';
import { emptyPosition, type IngestPosition, type ProvenRow, planBatch } from './plan-batch.ts';

/** Batches a device may have unanswered. */
const WINDOW = 4;
const PACE_ROWS_PER_SECOND = 200;

export interface IngestParts {
  db: Db;
  clock: Clock;
  log: Logger;
  apply: ApplyEntry;
  /** Minted when this database was born. */
  cloudEpoch: Uuid;
}

/** Answers a HELLO with how far this chain is stored. */
export async function ingestHello(hello: Hello, parts: IngestParts): Promise<DownMessage> {
  const { device, incarnation } = hello;
  const position = await parts.db.transaction().execute(async (trx) => {
    await recordHello(trx, hello, parts.clock);
    return (await findPosition(trx, hello)) ?? emptyPosition(device, incarnation);
  });
  return {
    v: 1,
    type: 'welcome',
    device,
    incarnation,
    cloudEpoch: parts.cloudEpoch,
    upTo: position.contiguousSeq,
    hash: position.headHash,
    serverTime: isoInstant(parts.clock.now()),
    window: WINDOW,
    paceRowsPerSecond: PACE_ROWS_PER_SECOND,
    masterDataRevision: null,
  };
}

/**
 * Stores a batch once and in order, applies it, and moves the chain's position, in one transaction. The answer speaks
 * of what is committed: it may be sent once this has resolved, and not before.
 */
export async function ingestBatch(batch: Batch, parts: IngestParts): Promise<DownMessage> {
  const chain = { v: 1, device: batch.device, incarnation: batch.incarnation } as const;
  const log = parts.log.child({ device: batch.device, incarnation: batch.incarnation });
  return parts.db.transaction().execute(async (trx): Promise<DownMessage> => {
    const position = await lockPosition(trx, batch);
    const plan = planBatch(position, batch, await findKnownHashes(trx, batch));
    switch (plan.kind) {
      case 'need':
        log.info({ from: plan.from, got: batch.from }, 'ingest.need');
        return { ...chain, type: 'need', from: plan.from, to: null };
      case 'reject':
        log.error({ seq: plan.seq, code: plan.code, reason: plan.reason }, 'ingest.reject');
        return { ...chain, type: 'reject', seq: plan.seq, code: plan.code };
      case 'fork':
        log.error({ seq: plan.seq, cloudHash: plan.cloudHash }, 'ingest.fork');
        await keepFork(trx, batch, plan.rows, plan.cloudHash, parts.clock);
        return { ...chain, type: 'fork', seq: plan.seq, cloudHash: plan.cloudHash };
      case 'store': {
        const head = await storeRows(trx, batch, position, plan.rows, { ...parts, log });
        const { contiguousSeq: upTo, headHash: hash } = head;
        return { ...chain, type: 'ack', cloudEpoch: parts.cloudEpoch, upTo, hash };
      }
    }
  });
}

async function storeRows(
  trx: Trx,
  batch: Batch,
  position: IngestPosition,
  rows: readonly ProvenRow[],
  parts: IngestParts,
): Promise<IngestPosition> {
  const last = rows.at(-1);
  if (last === undefined) return position;
  for (const row of rows) {
    const { repeatsUuid } = await appendEntry(trx, batch, row, parts.clock);
    const parking = await applyOrPark(trx, row, repeatsUuid, parts);
    if (parking === undefined) continue;
    parts.log.warn({ seq: row.seq, kind: row.header.kind, ...parking }, 'entry.parked');
    await parkEntry(trx, batch, row, parking, parts.clock);
  }
  const head = { contiguousSeq: last.seq, headHash: last.hash };
  await movePosition(trx, batch, head);
  return head;
}
