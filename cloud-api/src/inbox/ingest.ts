import type { Batch, Clock, CommandMessage, DownMessage, MakeId } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { AdmissionGate } from '../fleet/enrolment/admission-gate.ts';
import { type AlarmCode, raiseAlarm } from '../fleet/raise-alarm.ts';
import { findBoots } from '../fleet/record-hello.ts';
import { findSigningKeys } from '../fleet/signing-keys.ts';
import type { Db, Trx } from '../store/database.ts';
import { readCloudEpoch } from '../store/epoch.ts';
import { appendRows, type StatedRow } from './append-rows.ts';
import type { ApplyEntries } from './applied.ts';
import { applyRows } from './apply-rows.ts';
import { dropEmptyPosition, findKnownHashes, keepFork, lockPosition, movePosition } from './chain-store.ts';
import { factOf } from './fact-of.ts';
import { joinedBatch } from './join-batches.ts';
import { mendEntries } from './mend-entries.ts';
import type { MasterDataSource } from './nudge-devices.ts';
import { parkEntry } from './park-entry.ts';
import { type BatchPlan, type IngestPosition, type ProvenRow, planBatch } from './plan-batch.ts';
import type { AheadLooks } from './row-looks.ts';
import { settleRepeats } from './settle-repeats.ts';
import { trueTimeOf } from './true-time.ts';

export interface IngestParts {
  db: Db;
  clock: Clock;
  makeId: MakeId;
  log: Logger;
  apply: ApplyEntries;
  /** Left out, devices are told that there is no master data here. */
  masterData?: MasterDataSource;
  /** The settings a device has still to be told, signed; left out, devices are told none. */
  settingsFor?: (device: string, incarnation: string) => Promise<CommandMessage | undefined>;
  /** What was told of rows ahead of their turn; left out, everything is told in its turn. */
  looks?: AheadLooks;
  /** Whether anything is taken from a device now; left out, the broker alone decides. */
  admits?: AdmissionGate;
  /** Told of batches that were just committed and when they had come; left out, nobody is told. */
  onStored?: (batches: readonly Batch[], receivedAtMs: number) => void;
}

/**
 * Stores a batch once and in order, applies it, and moves the chain's position, in one transaction. The answer speaks
 * of what is committed: it may be sent once this has resolved, and not before.
 */
export async function ingestBatch(batch: Batch, parts: IngestParts): Promise<DownMessage> {
  const log = logOf(batch, parts);
  return parts.db.transaction().execute(async (trx) => {
    const seen = await look(trx, batch, parts);
    return seen.plan.kind === 'store'
      ? store(trx, batch, { ...seen, rows: seen.plan.rows }, { ...parts, log })
      : decline(trx, batch, seen.plan, { ...parts, log });
  });
}

/**
 * The same for batches that follow each other in one chain, in one transaction for all of them when there is nothing to
 * be said of them but that they are stored; else one by one.
 * @returns what to answer, in order; a receipt covers everything before it
 */
export async function ingestBatches(batches: readonly Batch[], parts: IngestParts): Promise<DownMessage[]> {
  const whole = joinedBatch(batches);
  if (whole !== undefined) {
    const receipt = await ingestJoined(whole, parts);
    if (receipt !== undefined) return [receipt];
  }
  const answers: DownMessage[] = [];
  for (const batch of batches) answers.push(await ingestBatch(batch, parts));
  return answers;
}

/** @returns the receipt; undefined when not all of it can be stored, and then nothing was done */
async function ingestJoined(whole: Batch, parts: IngestParts): Promise<DownMessage | undefined> {
  const log = logOf(whole, parts);
  return parts.db.transaction().execute(async (trx) => {
    const seen = await look(trx, whole, parts);
    if (seen.plan.kind !== 'store') return undefined;
    return store(trx, whole, { ...seen, rows: seen.plan.rows }, { ...parts, log });
  });
}

const logOf = ({ device, incarnation }: Batch, { log }: IngestParts) => log.child({ device, incarnation });

const chainOf = ({ device, incarnation }: Batch) => ({ v: 1, device, incarnation }) as const;

/** Holds the chain's position until the transaction ends, and plans what to do with the batch. */
async function look(
  trx: Trx,
  batch: Batch,
  { looks }: IngestParts,
): Promise<{ position: IngestPosition; plan: BatchPlan }> {
  const position = await lockPosition(trx, batch);
  const known = await findKnownHashes(trx, batch, position);
  const keys = await findSigningKeys(trx, batch.device);
  const inForce = keys.filter(({ retired }) => !retired);
  looks?.remember(
    batch.device,
    inForce.map(({ publicKey }) => publicKey),
  );
  const plan = planBatch(position, batch, known, keys, looks);
  if (plan.kind !== 'store' && position.contiguousSeq === 0) await dropEmptyPosition(trx, batch);
  return { position, plan };
}

async function store(
  trx: Trx,
  batch: Batch,
  { position, rows }: { position: IngestPosition; rows: readonly ProvenRow[] },
  parts: IngestParts,
): Promise<DownMessage> {
  if (batch.from <= position.contiguousSeq) {
    const mended = await mendEntries(trx, batch, parts.clock);
    if (mended.length > 0) parts.log.warn({ seqs: mended }, 'ingest.entries_mended');
  }
  const last = await storeRows(trx, batch, rows, parts);
  const head = last === undefined ? position : { contiguousSeq: last.seq, headHash: last.hash };
  const cloudEpoch = last === undefined ? await readCloudEpoch(trx) : await movePosition(trx, batch, head);
  return { ...chainOf(batch), type: 'ack', cloudEpoch, upTo: head.contiguousSeq, hash: head.headHash };
}

/** Says why nothing of a batch is stored, and keeps what a person has to look at. */
async function decline(
  trx: Trx,
  batch: Batch,
  plan: Exclude<BatchPlan, { kind: 'store' }>,
  parts: IngestParts,
): Promise<DownMessage> {
  const { log } = parts;
  const chain = chainOf(batch);
  const alarm = (code: AlarmCode, seq: number | null, detail: string) =>
    raiseAlarm(trx, { code, device: batch.device, incarnation: batch.incarnation, seq, detail }, parts);
  switch (plan.kind) {
    case 'need':
      log.info({ from: plan.from, got: batch.from }, 'ingest.need');
      return { ...chain, type: 'need', from: plan.from, to: null };
    case 'reject':
      log.error({ seq: plan.seq, code: plan.code, reason: plan.reason }, 'ingest.reject');
      await alarm('rejected', plan.seq, `${plan.code}: ${plan.reason}`);
      return { ...chain, type: 'reject', seq: plan.seq, code: plan.code };
    case 'fork':
      log.error({ seq: plan.seq, cloudHash: plan.cloudHash }, 'ingest.fork');
      await keepFork(trx, batch, plan.rows, plan.cloudHash, parts.clock);
      await alarm('fork', plan.seq, 'another entry came for a place that is taken; both are kept');
      return { ...chain, type: 'fork', seq: plan.seq, cloudHash: plan.cloudHash };
  }
}

/**
 * Stores and applies rows, and parks those that could not be applied.
 * @returns the last of them; undefined when there are none
 */
async function storeRows(
  trx: Trx,
  batch: Batch,
  rows: readonly ProvenRow[],
  parts: IngestParts,
): Promise<ProvenRow | undefined> {
  const last = rows.at(-1);
  if (last === undefined) return undefined;
  const chain = { device: batch.device, incarnation: batch.incarnation };
  const stated = await stateRows(trx, chain, rows);
  const repeated = await appendRows(trx, chain, stated, parts.clock.now());
  if (repeated.size > 0) {
    await settleRepeats(
      trx,
      chain,
      stated.filter(({ row }) => repeated.has(row.seq)),
      parts,
    );
  }
  const fresh = stated.filter(({ row }) => !repeated.has(row.seq));
  const parked = await applyRows(trx, fresh, parts);
  for (const { row, fact } of fresh) {
    const parking = parked.get(row.seq);
    if (parking === undefined) continue;
    parts.log.warn({ seq: row.seq, kind: row.header.kind, ...parking }, 'entry.parked');
    await parkEntry(trx, chain, row, fact, parking, parts.clock);
    const detail = `${parking.reason}: ${parking.detail}`;
    await raiseAlarm(trx, { code: 'entries_parked', ...chain, seq: row.seq, detail }, parts);
  }
  if (rows.some(({ signatureState }) => signatureState === 'retired')) {
    const detail = 'entries are signed by a revoked key, and no other key of the device is known';
    await raiseAlarm(trx, { code: 'retired_key', ...chain, seq: last.seq, detail }, parts);
  }
  return last;
}

/** Reads the facts out of rows, and when they were made. */
async function stateRows(
  trx: Trx,
  chain: { device: string; incarnation: string },
  rows: readonly ProvenRow[],
): Promise<StatedRow[]> {
  const facts = rows.map((row) => ({ row, fact: factOf({ ...chain, seq: row.seq }, row.reading) }));
  const bootIds = new Set(facts.map(({ fact }) => fact.madeAt.bootId));
  const boots = await findBoots(trx, chain.device, [...bootIds]);
  const moments = new Map(
    boots.map(({ bootId, monoMs, lastHelloMs }) => [bootId, { monoMs, trueMs: lastHelloMs }]),
  );
  return facts.map(({ row, fact }) => ({ row, fact, madeAtTrueMs: trueTimeOf(fact.madeAt, moments) }));
}
