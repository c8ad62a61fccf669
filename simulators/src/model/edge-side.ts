import type { Life } from '@weighgate/edge-agent/src/store/lives.ts';
import { paceOf } from '@weighgate/edge-agent/src/sync/pace.ts';
import {
  type ChainState,
  initialPumpState,
  type PumpAction,
  type PumpEvent,
  type PumpState,
} from '@weighgate/edge-agent/src/sync/pump-state.ts';
import { reducePump } from '@weighgate/edge-agent/src/sync/reduce-pump.ts';
import { batchOf, helloOf } from '@weighgate/edge-agent/src/sync/say.ts';
import { batchSent } from '@weighgate/edge-agent/src/sync/send-next.ts';
import type { DownMessage, UpMessage, Uuid } from '@weighgate/protocol';
import { carryingRow, DEVICE, genesisOf, type Row, weighingRow } from './entry-rows.ts';

/** One life of the edge's database, as it is on disk. */
export interface DiskLife {
  incarnation: Uuid;
  rows: readonly Row[];
  partedAfter: number | null;
  ackedSeq: number;
  cloudEpoch: string | null;
  /** Entries up to this were deleted; 0 in a protocol that deletes nothing. */
  deletedTo: number;
}

/** An edge: what is on its disk, and the production pump's state in its memory. */
export interface EdgeSide {
  /** In order of birth; the last is the present one. */
  lives: readonly DiskLife[];
  pump: PumpState;
}

/** What an edge does beside changing itself. */
export interface EdgeEffects {
  send(message: UpMessage): void;
  makeId(): Uuid;
  /** The edge takes entries 1 to `seq` of a chain for committed in the cloud. */
  believes(incarnation: Uuid, seq: number, cloudEpoch: string): void;
}

/** Every timer is due whenever the model lets a tick happen, so one moment does for all. */
const MOMENT = { nowMs: 20 * 60_000, chance: 0.5 };
const SAID_AT = { wallMs: 0, bootId: 'boot', monoMs: 0, clock: 'unknown' } as const;

export function newLife(incarnation: Uuid): DiskLife {
  return { incarnation, rows: [], partedAfter: null, ackedSeq: 0, cloudEpoch: null, deletedTo: 0 };
}

/** The agent starts on what is on its disk and finds its broker and the cloud's inbox there. */
export function startEdge(lives: readonly DiskLife[], effects: EdgeEffects): EdgeSide {
  const chains = lives.map(({ incarnation, rows, partedAfter, ackedSeq, cloudEpoch }): ChainState => {
    return { incarnation, headSeq: rows.length, partedAfter, ackedSeq, cloudEpoch };
  });
  const asleep: EdgeSide = { lives, pump: initialPumpState(chains) };
  const connected = reactEdge(asleep, { kind: 'broker_up' }, effects);
  return reactEdge(connected, { kind: 'host', online: true }, effects);
}

/** A weighing is committed; then the pump hears of it. */
export function weigh(edge: EdgeSide, weighing: number, effects: EdgeEffects): EdgeSide {
  const present = presentLife(edge.lives);
  const rows = [...present.rows, weighingRow(present.incarnation, present.rows, weighing)];
  const lives = edge.lives.with(-1, { ...present, rows });
  const { incarnation } = present;
  return reactEdge({ ...edge, lives }, { kind: 'appended', incarnation, headSeq: rows.length }, effects);
}

/** A message arrives: what the agent does with it before the pump hears it. */
export function hear(edge: EdgeSide, message: DownMessage, effects: EdgeEffects): EdgeSide {
  const life =
    'incarnation' in message
      ? edge.lives.find(({ incarnation }) => incarnation === message.incarnation)
      : undefined;
  if (life === undefined) return edge;
  const ownHash = 'upTo' in message ? hashAt(life, message.upTo) : undefined;
  const agreedSeq = 'agreedSeq' in message ? message.agreedSeq : undefined;
  const ownAgreedHash = agreedSeq === undefined ? undefined : hashAt(life, agreedSeq);
  return reactEdge(edge, { kind: 'heard', message, ownHash, ownAgreedHash }, effects);
}

/** An event without its moment: there is one for all. */
type PlainEvent = PumpEvent extends infer E
  ? E extends PumpEvent
    ? Omit<E, 'nowMs' | 'chance'>
    : never
  : never;

/** Runs the production reducer on one event and carries out what it asks for. */
export function reactEdge(edge: EdgeSide, event: PlainEvent, effects: EdgeEffects): EdgeSide {
  let lives = edge.lives;
  let pump = edge.pump;

  const take = (step: { state: PumpState; actions: PumpAction[] }) => {
    pump = step.state;
    for (const action of step.actions) perform(action);
  };
  const react = (one: PlainEvent) => take(reducePump(pump, { ...MOMENT, ...one } as PumpEvent));
  const lifeNamed = (incarnation: Uuid): DiskLife => {
    const life = lives.find((one) => one.incarnation === incarnation);
    if (life === undefined) throw new Error(`no life ${incarnation}`);
    return life;
  };

  function perform(action: PumpAction): void {
    switch (action.kind) {
      case 'send_hello':
        effects.send(helloFor(lives, lifeNamed(action.incarnation)));
        return;
      case 'send_batch': {
        const batch = batchOf(
          DEVICE,
          readerOf(lifeNamed(action.incarnation)),
          action.afterSeq,
          action.maxRows,
        );
        // Only an edge that deletes what it may be asked for again can lack it.
        if (batch === undefined) return;
        effects.send(batch);
        const { incarnation, from: fromSeq, to: toSeq } = batch;
        take(batchSent(pump, { incarnation, fromSeq, toSeq, bytes: 0 }, MOMENT));
        return;
      }
      case 'keep_acked': {
        const { incarnation, ackedSeq, cloudEpoch } = action;
        effects.believes(incarnation, ackedSeq, cloudEpoch);
        lives = lives.map((life) =>
          life.incarnation === incarnation ? { ...life, ackedSeq, cloudEpoch } : life,
        );
        return;
      }
      case 'part':
        lives = parted(lives, action, effects.makeId);
        react({ kind: 'parted', present: presentOf(lives) });
        return;
      case 'alarm':
      case 'keep_match':
      case 'send_digest':
        // Comparisons of whole chains are outside this model: they change nothing about what is sent and kept.
        return;
    }
  }

  react(event);
  return { lives, pump: timeless(pump) };
}

/** What the store does: the life is closed, and what it does not share with the cloud carried into the present one. */
function parted(
  lives: readonly DiskLife[],
  { incarnation, agreedSeq }: { incarnation: Uuid; agreedSeq: number },
  makeId: () => Uuid,
): readonly DiskLife[] {
  const parting = lives.find((one) => one.incarnation === incarnation);
  if (parting === undefined || parting.partedAfter !== null) return lives;
  const closed = lives.map((life) => (life === parting ? { ...life, partedAfter: agreedSeq } : life));
  const grown = parting === lives.at(-1) ? [...closed, newLife(makeId())] : closed;
  const present = presentLife(grown);
  let rows = present.rows;
  for (const row of parting.rows.slice(agreedSeq))
    rows = [...rows, carryingRow(present.incarnation, rows, incarnation, row)];
  return grown.with(-1, { ...present, rows });
}

function presentLife(lives: readonly DiskLife[]): DiskLife {
  const life = lives.at(-1);
  if (life === undefined) throw new Error('a database has a life');
  return life;
}

function presentOf(lives: readonly DiskLife[]): { incarnation: Uuid; headSeq: number } {
  const { incarnation, rows } = presentLife(lives);
  return { incarnation, headSeq: rows.length };
}

function hashAt({ incarnation, rows, deletedTo }: DiskLife, seq: number): string | undefined {
  if (seq < deletedTo) return undefined;
  return seq === 0 ? genesisOf(incarnation) : rows[seq - 1]?.hash;
}

/** The life as the agent's own code reads it. */
function readerOf(life: DiskLife): Life {
  const { incarnation, rows, partedAfter } = life;
  return {
    incarnation,
    bornAt: '2026-01-01T00:00:00.000Z',
    parent: null,
    partedAfter,
    head: () => ({ seq: rows.length, hash: hashAt(life, rows.length) ?? '' }),
    hashAt: (seq) => hashAt(life, seq),
    rowsAfter: (seq, maxRows) =>
      rows
        .slice(Math.max(seq, life.deletedTo), seq + maxRows)
        .map((row) => ({ seq: row.seq, hash: row.hash, entry: row.entry, signature: null })),
  };
}

function helloFor(lives: readonly DiskLife[], life: DiskLife): UpMessage {
  const { incarnation } = presentLife(lives);
  const identity = {
    device: DEVICE,
    site: 'TEST',
    incarnation,
    bornAt: '2026-01-01T00:00:00.000Z',
    parent: null,
  };
  const facts = {
    at: SAID_AT,
    appVersion: 'model',
    publicKey: '',
    freeDiskBytes: null,
    masterData: null,
  };
  return helloOf(identity, lives.map(readerOf), readerOf(life), facts);
}

/**
 * The state without what only time makes different. A timer that runs is due whenever a tick happens, so how long it has
 * to run, and how often it ran before, says nothing in the model.
 */
function timeless(pump: PumpState): PumpState {
  // What a WELCOME sets anew, whatever it was, makes no difference while one is awaited.
  const unused = pump.phase === 'greeting' ? { sentSeq: 0, rewoundTo: null, window: 1 } : {};
  return {
    ...pump,
    ...unused,
    inFlight: pump.inFlight.map(({ toSeq }) => ({ toSeq, bytes: 0 })),
    pace: paceOf(1000, 0),
    serverTime: null,
    spreadMs: 0,
    attempt: 0,
    retryAtMs: pump.retryAtMs === null ? null : 0,
    pausedUntilMs: 0,
    welcomedAtMs: 0,
    digest: { dueAtMs: null, awaiting: null, differed: false, again: [] },
    trouble: null,
  };
}
