import { digestResultOf } from '@weighgate/cloud-api/src/inbox/answer-digest.ts';
import { factOf } from '@weighgate/cloud-api/src/inbox/fact-of.ts';
import {
  emptyPosition,
  type IngestPosition,
  type ProvenRow,
  planBatch,
} from '@weighgate/cloud-api/src/inbox/plan-batch.ts';
import { agreedOf, planHello } from '@weighgate/cloud-api/src/inbox/plan-hello.ts';
import { pageOf, planAnswer } from '@weighgate/cloud-api/src/registry/plan-answer.ts';
import {
  type Batch,
  type Digest,
  type DownMessage,
  type Hello,
  isoInstant,
  type MasterDataAsk,
  masterDataDigestOf,
  type UpMessage,
} from '@weighgate/protocol';
import { type CloudTables, masterDataAt } from './cloud-tables.ts';

/** What a message comes to: what is written, all or nothing, and what is answered after it. */
export interface Handling {
  write: (() => void) | null;
  answers: () => DownMessage[];
}

/** How a cloud deals with what a device says. */
export type CloudRules = (tables: CloudTables, message: UpMessage, nowMs: number) => Handling;

const WINDOW = 4;
const PACE_ROWS_PER_SECOND = 1_000;
/** Small pages, so that there are several. */
const PAGE = { rows: 4, bytes: 64 * 1024 };

/** The production cloud: its own plans, over tables in memory. */
export const productionRules: CloudRules = (tables, message, nowMs) => {
  switch (message.type) {
    case 'hello':
      return said(greetingOf(tables, message, nowMs));
    case 'batch':
      return ingest(tables, message);
    case 'digest':
      return said([digestAnswer(tables, message)]);
    case 'md_ask':
      return said([masterDataAnswer(tables, message, nowMs)]);
  }
};

const said = (answers: DownMessage[]): Handling => ({ write: null, answers: () => answers });

function positionOf({ chains }: CloudTables, device: string, incarnation: string): IngestPosition {
  const last = chains.get(incarnation)?.at(-1);
  return last === undefined
    ? emptyPosition(device, incarnation)
    : { contiguousSeq: last.seq, headHash: last.hash };
}

function greetingOf(tables: CloudTables, hello: Hello, nowMs: number): DownMessage[] {
  const { device, incarnation } = hello;
  const position = positionOf(tables, device, incarnation);
  const rows = tables.chains.get(incarnation) ?? [];
  const hashes = new Map(rows.map(({ seq, hash }) => [seq, hash]));
  const { answer } = planHello(hello, {
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
    cloudEpoch: tables.epoch,
    upTo: position.contiguousSeq,
    hash: position.headHash,
    serverTime: isoInstant(nowMs),
    window: WINDOW,
    paceRowsPerSecond: PACE_ROWS_PER_SECOND,
    masterDataRevision: tables.changes.length,
    schemas: { min: 1, max: 1 },
    spreadMs: 50,
    ...agreedOf(hello, hashes.set(position.contiguousSeq, position.headHash)),
  };
  return answer.type === 'welcome' ? [welcome] : [welcome, { ...chain, ...answer }];
}

function ingest(tables: CloudTables, batch: Batch): Handling {
  const { device, incarnation } = batch;
  const chain = { v: 1, device, incarnation } as const;
  const rows = tables.chains.get(incarnation) ?? [];
  const known = new Map(rows.slice(Math.max(0, batch.from - 2), batch.to).map((row) => [row.seq, row.hash]));
  const plan = planBatch(positionOf(tables, device, incarnation), batch, known);
  switch (plan.kind) {
    case 'need':
      return said([{ ...chain, type: 'need', from: plan.from, to: null }]);
    case 'reject':
      return said([{ ...chain, type: 'reject', seq: plan.seq, code: plan.code }]);
    case 'fork': {
      const { seq, cloudHash } = plan;
      const write = () => {
        tables.forks += plan.rows.length;
      };
      return { write, answers: () => [{ ...chain, type: 'fork', seq, cloudHash }] };
    }
    case 'store':
      return {
        write: () => storeRows(tables, batch, plan.rows),
        answers: () => [ackOf(tables, batch)],
      };
  }
}

/** The receipt for what is stored of a chain now. */
export function ackOf(tables: CloudTables, { device, incarnation }: Batch): DownMessage {
  const { contiguousSeq: upTo, headHash: hash } = positionOf(tables, device, incarnation);
  return { v: 1, type: 'ack', device, incarnation, cloudEpoch: tables.epoch, upTo, hash };
}

function storeRows(tables: CloudTables, { device, incarnation }: Batch, rows: readonly ProvenRow[]): void {
  const chain = tables.chains.get(incarnation) ?? [];
  tables.chains.set(incarnation, chain);
  for (const { seq, previousHash, hash, entryText, reading } of rows) {
    chain.push({ seq, previousHash, hash, entryText });
    const fact = factOf({ device, incarnation, seq }, reading);
    takeFact(tables, fact);
  }
}

/** A fact counts once, wherever it stands; a session that is closed is delivered once. */
export function takeFact(tables: CloudTables, { uuid, matter }: ReturnType<typeof factOf>): void {
  if (tables.timesTaken.has(uuid)) return;
  tables.timesTaken.set(uuid, 1);
  if (matter.kind !== 'entry' || matter.entry.kind !== 'session.closed') return;
  const { sessionId } = matter.entry.body;
  if (!tables.deliveries.has(sessionId)) tables.deliveries.set(sessionId, 1);
}

function digestAnswer({ chains, epoch }: CloudTables, digest: Digest): DownMessage {
  const { device, incarnation, firstSeq, blocks } = digest;
  const rows = chains.get(incarnation) ?? [];
  const findings = blocks.map(({ seq: to, hash }, index) => {
    const from = (blocks[index - 1]?.seq ?? firstSeq - 1) + 1;
    return { from, to, agrees: rows[to - 1]?.hash === hash };
  });
  const result = digestResultOf(findings);
  const agreedHash = blocks.find(({ seq }) => seq === result.agreedSeq)?.hash;
  const proof = agreedHash === undefined ? {} : { agreedHash };
  const chain = { v: 1, device, incarnation } as const;
  return { ...chain, type: 'digest_result', cloudEpoch: epoch, ...result, ...proof };
}

function masterDataAnswer({ changes, epoch }: CloudTables, ask: MasterDataAsk, nowMs: number): DownMessage {
  const head = changes.length;
  const digestAtSince = ask.since > head ? null : masterDataDigestOf(masterDataAt(changes, ask.since));
  const plan = planAnswer(ask, { cloudEpoch: epoch, head, horizon: 0, digestAtSince });
  const rows = plan.kind === 'delta' ? changes : masterDataAt(changes, plan.upTo);
  const wanted = rows.filter(({ revision }) => revision > plan.after && revision <= plan.upTo);
  const digest = masterDataDigestOf(masterDataAt(changes, plan.upTo));
  const said = { device: ask.device, cloudEpoch: epoch, digest, asOf: isoInstant(nowMs) };
  return pageOf(plan, wanted.slice(0, PAGE.rows + 1), said, PAGE);
}
