import { factOf } from '@weighgate/cloud-api/src/inbox/fact-of.ts';
import {
  emptyPosition,
  type IngestPosition,
  type ProvenRow,
  planBatch,
} from '@weighgate/cloud-api/src/inbox/plan-batch.ts';
import { agreedOf, planHello } from '@weighgate/cloud-api/src/inbox/plan-hello.ts';
import type { Batch, DownMessage, Hello, UpMessage, Uuid } from '@weighgate/protocol';
import { DEVICE, weighingOf } from './entry-rows.ts';

/** What is committed in the cloud's database. */
export interface CloudSide {
  epoch: Uuid;
  /** By incarnation. */
  chains: ReadonlyMap<Uuid, readonly StoredRow[]>;
  /** How often each weighing was applied, by its number. */
  applied: readonly number[];
  /** Uuids of the facts that are stored. */
  facts: ReadonlySet<string>;
}

export interface StoredRow {
  hash: string;
  weighing: number;
}

export interface CloudAnswer {
  cloud: CloudSide;
  answers: DownMessage[];
}

/** How a cloud deals with what a device sends. */
export type CloudRules = (cloud: CloudSide, message: UpMessage) => CloudAnswer;

const SERVER_TIME = '2026-01-01T00:00:00.000Z';
const WINDOW = 2;

export function newCloud(epoch: Uuid): CloudSide {
  return { epoch, chains: new Map(), applied: [], facts: new Set() };
}

/** The production cloud: its own plans, over tables in memory. */
export const productionCloud: CloudRules = (cloud, message) => {
  switch (message.type) {
    case 'hello':
      return { cloud, answers: greetingOf(cloud, message) };
    case 'batch':
      return ingest(cloud, message);
    default:
      return { cloud, answers: [] };
  }
};

function positionOf({ chains }: CloudSide, incarnation: Uuid): IngestPosition {
  const rows = chains.get(incarnation) ?? [];
  const last = rows.at(-1);
  return last === undefined
    ? emptyPosition(DEVICE, incarnation)
    : { contiguousSeq: rows.length, headHash: last.hash };
}

function greetingOf(cloud: CloudSide, hello: Hello): DownMessage[] {
  const { device, incarnation } = hello;
  const position = positionOf(cloud, incarnation);
  const rows = cloud.chains.get(incarnation) ?? [];
  const hashes = new Map(rows.map((row, index) => [index + 1, row.hash]));
  const plan = planHello(hello, {
    position,
    hashAtItsHead: hashes.get(hello.head.seq),
    lastEntryAt: undefined,
    boots: [],
    lastIncarnation: undefined,
  });
  const chain = { v: 1, device, incarnation } as const;
  const welcome: DownMessage = {
    ...chain,
    type: 'welcome',
    cloudEpoch: cloud.epoch,
    upTo: position.contiguousSeq,
    hash: position.headHash,
    serverTime: SERVER_TIME,
    window: WINDOW,
    paceRowsPerSecond: 1000,
    masterDataRevision: null,
    ...agreedOf(hello, hashes.set(position.contiguousSeq, position.headHash)),
  };
  if (plan.answer.type === 'welcome') return [welcome];
  return [welcome, { ...chain, ...plan.answer }];
}

function ingest(cloud: CloudSide, batch: Batch): CloudAnswer {
  const { device, incarnation } = batch;
  const chain = { v: 1, device, incarnation } as const;
  const plan = plannedBatch(cloud, batch);
  switch (plan.kind) {
    case 'need':
      return { cloud, answers: [{ ...chain, type: 'need', from: plan.from, to: null }] };
    case 'fork':
      return {
        cloud,
        answers: [{ ...chain, type: 'fork', seq: plan.seq, cloudHash: plan.cloudHash }],
      };
    case 'reject':
      return { cloud, answers: [{ ...chain, type: 'reject', seq: plan.seq, code: plan.code }] };
    case 'store': {
      const stored = storedAfter(cloud, incarnation, plan.rows);
      return { cloud: stored, answers: [ackOf(stored, batch)] };
    }
  }
}

function ackOf(cloud: CloudSide, { device, incarnation }: Batch): DownMessage {
  const { contiguousSeq: upTo, headHash: hash } = positionOf(cloud, incarnation);
  return { v: 1, type: 'ack', device, incarnation, cloudEpoch: cloud.epoch, upTo, hash };
}

/** Plans by what decides them: the chain they meet and the batch, each told by its last hash. */
const plans = new Map<string, ReturnType<typeof planBatch>>();

/** The production plan; the same question is asked many thousand times and answered once. */
function plannedBatch(cloud: CloudSide, batch: Batch): ReturnType<typeof planBatch> {
  const position = positionOf(cloud, batch.incarnation);
  const asked = `${batch.incarnation} ${position.headHash} ${batch.from} ${batch.rows.at(-1)?.hash}`;
  const known = plans.get(asked);
  if (known !== undefined) return known;
  const rows = cloud.chains.get(batch.incarnation) ?? [];
  const hashes = new Map(rows.map((row, index) => [index + 1, row.hash]));
  const plan = planBatch(position, batch, hashes);
  plans.set(asked, plan);
  return plan;
}

/** Rows of a plan stored at the end of their chain, and each fact applied that was not stored before. */
function storedAfter(cloud: CloudSide, incarnation: Uuid, rows: readonly ProvenRow[]): CloudSide {
  if (rows.length === 0) return cloud;
  const facts = new Set(cloud.facts);
  const applied = [...cloud.applied];
  const stored = rows.map((row): StoredRow => {
    const fact = factOf({ device: DEVICE, incarnation, seq: row.seq }, row.reading);
    const weighing = weighingOf(fact.uuid);
    if (!facts.has(fact.uuid)) applied[weighing] = (applied[weighing] ?? 0) + 1;
    facts.add(fact.uuid);
    return { hash: row.hash, weighing };
  });
  const chain = [...(cloud.chains.get(incarnation) ?? []), ...stored];
  return { ...cloud, chains: new Map(cloud.chains).set(incarnation, chain), applied, facts };
}
