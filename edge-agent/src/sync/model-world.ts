import { chainHash, type DownMessage, genesisHash, type Uuid, uuidSchema } from '@weighgate/protocol';
import { blockEnds, markSeqs } from './chain-marks.ts';
import {
  type ChainState,
  initialPumpState,
  offerSeq,
  type PumpAction,
  type PumpEvent,
  type PumpState,
  type PumpStep,
} from './pump-state.ts';
import { reducePump } from './reduce-pump.ts';
import { batchSent } from './send-next.ts';

/** For tests only: the pump's reducer over a journal in memory, and the cloud's side of the protocol in memory. */
const DEVICE = 'gate-1';
const BATCH_ROWS = 5;

/** `text` names the fact, with a letter before it: `f` as it was recorded, `c` carried over from a former life. */
export interface ModelRow {
  text: string;
  hash: string;
}

const factOf = ({ text }: ModelRow) => text.slice(1);

export type ModelUp = { incarnation: Uuid } & (
  | { type: 'hello'; head: Mark; marks: Mark[] }
  | { type: 'batch'; from: number; previousHash: string; rows: ModelRow[] }
  | { type: 'digest'; firstSeq: number; blocks: Mark[] }
);

interface Mark {
  seq: number;
  hash: string;
}

interface ModelLife {
  incarnation: Uuid;
  rows: readonly ModelRow[];
  partedAfter: number | null;
  acked: { ackedSeq: number; cloudEpoch: string | null };
}

function hashIn(incarnation: Uuid, rows: readonly ModelRow[], seq: number): string | undefined {
  return seq === 0 ? genesisHash(DEVICE, incarnation) : rows[seq - 1]?.hash;
}

function appended(incarnation: Uuid, rows: readonly ModelRow[], text: string): readonly ModelRow[] {
  return [...rows, { text, hash: chainHash(rows.at(-1)?.hash ?? genesisHash(DEVICE, incarnation), text) }];
}

/** Ids in the order they are asked for. */
export function modelIds(): () => Uuid {
  let next = 0;
  return () => {
    next += 1;
    return uuidSchema.parse(`00000000-0000-7000-8000-${next.toString(16).padStart(12, '0')}`);
  };
}

export class ModelEdge {
  lives: readonly ModelLife[];
  state: PumpState;
  nowMs = 0;
  chance = 0.5;
  batchRows = BATCH_ROWS;
  batchBytes = 1000;
  partingFails = false;
  readonly sent: ModelUp[] = [];
  readonly alarms: string[] = [];
  readonly kept: Extract<PumpAction, { kind: 'keep_acked' | 'keep_match' }>[] = [];
  readonly makeId: () => Uuid;

  constructor(makeId: () => Uuid, facts: readonly string[] = []) {
    this.makeId = makeId;
    this.lives = [newLife(makeId())];
    for (const fact of facts) this.append(`f${fact}`);
    this.state = this.booted();
  }

  get present(): ModelLife {
    return this.lives.at(-1) ?? newLife(this.makeId());
  }

  facts(): string[] {
    return this.lives.flatMap(({ rows }) => rows.map(factOf));
  }

  weigh(fact: string): void {
    this.append(`f${fact}`);
    const { incarnation, rows } = this.present;
    this.react({ kind: 'appended', incarnation, headSeq: rows.length });
  }

  /** The process ends and starts again: what is on disk stays. */
  restart(): void {
    this.state = this.booted();
  }

  /** The disk is replaced by an earlier copy of itself; nobody knows. */
  putBack(image: readonly ModelLife[]): void {
    this.lives = image;
    this.restart();
  }

  /** A backup is restored as it should be: as a new life. */
  restore(backup: readonly ModelLife[]): void {
    this.lives = [...backup, newLife(this.makeId())];
    this.restart();
  }

  react(event: PlainEvent): void {
    const { nowMs, chance } = this;
    this.take(reducePump(this.state, { nowMs, chance, ...event } as PumpEvent));
  }

  tick(afterMs: number): void {
    this.nowMs += afterMs;
    this.react({ kind: 'tick' });
  }

  connect(): void {
    this.react({ kind: 'broker_up' });
    this.react({ kind: 'host', online: true });
  }

  hear(message: DownMessage): void {
    const life =
      'incarnation' in message ? this.lives.find((one) => one.incarnation === message.incarnation) : null;
    if (life === undefined) return;
    const hashAt = (seq: number | undefined) =>
      seq === undefined || life === null ? undefined : hashIn(life.incarnation, life.rows, seq);
    const ownHash = hashAt('upTo' in message ? message.upTo : undefined);
    const ownAgreedHash = hashAt('agreedSeq' in message ? message.agreedSeq : undefined);
    this.react({ kind: 'heard', message, ownHash, ownAgreedHash });
  }

  takeSent(): ModelUp[] {
    return this.sent.splice(0);
  }

  private append(text: string): void {
    const { present } = this;
    const rows = appended(present.incarnation, present.rows, text);
    this.lives = this.lives.with(-1, { ...present, rows });
  }

  private booted(): PumpState {
    return initialPumpState(
      this.lives.map(({ incarnation, rows, partedAfter, acked }): ChainState => {
        return { incarnation, headSeq: rows.length, partedAfter, ...acked };
      }),
    );
  }

  private take(step: PumpStep): void {
    this.state = step.state;
    for (const action of step.actions) this.perform(action);
  }

  private lifeOf(incarnation: Uuid): ModelLife {
    const life = this.lives.find((one) => one.incarnation === incarnation);
    if (life === undefined) throw new Error(`no life ${incarnation}`);
    return life;
  }

  private perform(action: PumpAction): void {
    if (action.kind === 'alarm') {
      this.alarms.push(action.code);
      return;
    }
    const { incarnation } = action;
    const { rows, partedAfter } = this.lifeOf(incarnation);
    const markAt = (seq: number): Mark => {
      const hash = hashIn(incarnation, rows, seq);
      if (hash === undefined) throw new Error(`no entry ${seq}`);
      return { seq, hash };
    };
    switch (action.kind) {
      case 'send_hello': {
        const head = markAt(partedAfter ?? rows.length);
        this.sent.push({ type: 'hello', incarnation, head, marks: markSeqs(head.seq).map(markAt) });
        return;
      }
      case 'send_batch': {
        const { afterSeq, maxRows } = action;
        const batch = rows.slice(afterSeq, afterSeq + Math.min(maxRows, this.batchRows));
        if (batch.length === 0) throw new Error(`nothing after ${afterSeq}`);
        const previousHash = markAt(afterSeq).hash;
        this.sent.push({ type: 'batch', incarnation, from: afterSeq + 1, previousHash, rows: batch });
        const sent = {
          incarnation,
          fromSeq: afterSeq + 1,
          toSeq: afterSeq + batch.length,
          bytes: this.batchBytes,
        };
        this.take(batchSent(this.state, sent, { nowMs: this.nowMs, chance: this.chance }));
        return;
      }
      case 'send_digest': {
        const { firstSeq, ends } = blockEnds(action.upToSeq);
        this.sent.push({ type: 'digest', incarnation, firstSeq, blocks: ends.map(markAt) });
        return;
      }
      case 'keep_acked': {
        const { ackedSeq, cloudEpoch } = action;
        this.kept.push(action);
        this.lives = this.lives.map((life) =>
          life.incarnation === incarnation ? { ...life, acked: { ackedSeq, cloudEpoch } } : life,
        );
        return;
      }
      case 'keep_match':
        this.kept.push(action);
        return;
      case 'part':
        this.part(incarnation, action.agreedSeq);
        return;
    }
  }

  private part(incarnation: Uuid, agreedSeq: number): void {
    if (this.partingFails) {
      this.react({ kind: 'parting_failed' });
      return;
    }
    const parting = this.lifeOf(incarnation);
    const isPresent = parting === this.present;
    const offered = parting.rows.slice(agreedSeq, parting.partedAfter ?? parting.rows.length);
    this.lives = this.lives.map((life) => (life === parting ? { ...life, partedAfter: agreedSeq } : life));
    if (isPresent) this.lives = [...this.lives, newLife(this.makeId())];
    for (const row of offered) this.append(`c${factOf(row)}`);
    const { incarnation: born, rows } = this.present;
    this.react({ kind: 'parted', present: { incarnation: born, headSeq: rows.length } });
  }
}

/** An event without the moment, which the edge gives it. */
type PlainEvent = PumpEvent extends infer E
  ? E extends PumpEvent
    ? Omit<E, 'nowMs' | 'chance'>
    : never
  : never;

function newLife(incarnation: Uuid): ModelLife {
  return { incarnation, rows: [], partedAfter: null, acked: { ackedSeq: 0, cloudEpoch: null } };
}

/** What a cloud's database holds: chains by incarnation, and each fact that was applied. */
export interface CloudDisk {
  epoch: Uuid;
  chains: ReadonlyMap<Uuid, readonly ModelRow[]>;
  applied: ReadonlySet<string>;
}

export class ModelCloud {
  disk: CloudDisk;
  window = 4;
  paceRowsPerSecond = 1000;
  /** Every hash that was ever committed, by epoch and chain. */
  readonly everHeld = new Set<string>();
  readonly makeId: () => Uuid;

  constructor(makeId: () => Uuid) {
    this.makeId = makeId;
    this.disk = { epoch: makeId(), chains: new Map(), applied: new Set() };
  }

  /** A backup is restored: a new life of its database. */
  restore(backup: CloudDisk): void {
    this.disk = { ...backup, epoch: this.makeId() };
    for (const [incarnation, rows] of this.disk.chains) this.note(incarnation, rows);
  }

  answer(up: ModelUp): DownMessage {
    const { incarnation } = up;
    const { epoch } = this.disk;
    const chain = { v: 1, device: DEVICE, incarnation } as const;
    const rows = this.disk.chains.get(incarnation) ?? [];
    const upTo = rows.length;
    const hash = hashIn(incarnation, rows, upTo) ?? '';
    const holds = (mark: Mark) => hashIn(incarnation, rows, mark.seq) === mark.hash;
    switch (up.type) {
      case 'hello': {
        const marks = [up.head, ...up.marks].filter(holds).map(({ seq }) => seq);
        const agreedSeq = Math.max(0, ...marks);
        return {
          ...chain,
          type: 'welcome',
          cloudEpoch: epoch,
          upTo,
          hash,
          serverTime: '2026-01-01T00:00:00.000Z',
          window: this.window,
          paceRowsPerSecond: this.paceRowsPerSecond,
          masterDataRevision: null,
          agreedSeq,
          agreedHash: hashIn(incarnation, rows, agreedSeq),
        };
      }
      case 'digest': {
        const blocks = up.blocks.map((block, i) => ({
          block,
          from: (up.blocks[i - 1]?.seq ?? up.firstSeq - 1) + 1,
        }));
        const first = blocks.findIndex(({ block }) => !holds(block));
        const agreedSeq = first === -1 ? (up.blocks.at(-1)?.seq ?? 0) : (up.blocks[first - 1]?.seq ?? 0);
        const differing = blocks
          .filter(({ block }) => !holds(block))
          .map(({ block, from }) => ({ from, to: block.seq }));
        const agreedHash = hashIn(incarnation, rows, agreedSeq);
        return { ...chain, type: 'digest_result', cloudEpoch: epoch, agreedSeq, agreedHash, differing };
      }
      case 'batch': {
        if (up.from > upTo + 1) return { ...chain, type: 'need', from: upTo + 1, to: null };
        const before = hashIn(incarnation, rows, up.from - 1);
        if (before !== undefined && before !== up.previousHash) {
          return { ...chain, type: 'fork', seq: Math.max(1, up.from - 1), cloudHash: before };
        }
        for (const [index, row] of up.rows.entries()) {
          const known = rows[up.from + index - 1];
          if (known !== undefined && known.hash !== row.hash)
            return { ...chain, type: 'fork', seq: up.from + index, cloudHash: known.hash };
        }
        const stored = [...rows, ...up.rows.slice(upTo + 1 - up.from)];
        this.note(incarnation, stored);
        const applied = new Set([...this.disk.applied, ...up.rows.map(factOf)]);
        this.disk = { epoch, chains: new Map(this.disk.chains).set(incarnation, stored), applied };
        const head = hashIn(incarnation, stored, stored.length) ?? '';
        return { ...chain, type: 'ack', cloudEpoch: epoch, upTo: stored.length, hash: head };
      }
    }
  }

  private note(incarnation: Uuid, rows: readonly ModelRow[]): void {
    for (const row of rows) this.everHeld.add(`${this.disk.epoch}/${incarnation}/${row.hash}`);
  }
}

/** Whether the cloud of that epoch ever committed what the edge believes it acknowledged. */
export function wasHeld(
  cloud: ModelCloud,
  edge: ModelEdge,
  kept: { incarnation: Uuid; ackedSeq: number; cloudEpoch: string },
) {
  const life = edge.lives.find(({ incarnation }) => incarnation === kept.incarnation);
  if (life === undefined || kept.ackedSeq === 0) return true;
  const hash = hashIn(life.incarnation, life.rows, kept.ackedSeq);
  return cloud.everHeld.has(`${kept.cloudEpoch}/${kept.incarnation}/${hash}`);
}

/** Everything the pump has to offer is acknowledged in the cloud's present life. */
export function isSettled(edge: ModelEdge, cloud: ModelCloud): boolean {
  return (
    edge.state.phase === 'streaming' &&
    edge.state.chains.every(
      (chain) =>
        offerSeq(chain) === 0 ||
        (chain.ackedSeq === offerSeq(chain) && chain.cloudEpoch === cloud.disk.epoch),
    )
  );
}
