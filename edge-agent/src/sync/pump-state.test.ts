import type { DownMessage } from '@weighgate/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchSent, initialPumpState, type PumpEvent, type PumpState, reducePump } from './pump-state.ts';

const chain = { v: 1, device: 'gate-1', incarnation: '00000000-0000-7000-8000-000000000000' } as const;
/** A hash is anything that names one chain up to one entry; here its number does. */
const hashOf = (seq: number) => seq.toString(16).padStart(64, '0');
const epochOf = (life: number) => `epoch-${life}`;

type Down = Extract<DownMessage, { type: 'welcome' | 'ack' | 'need' }>;
const parsed = (message: object) => ({ ...chain, ...message }) as Down;
const welcome = (upTo: number, { window = 4, life = 0 } = {}): Down =>
  parsed({
    type: 'welcome',
    cloudEpoch: epochOf(life),
    upTo,
    hash: hashOf(upTo),
    serverTime: '2026-01-01T00:00:00.000Z',
    window,
    paceRowsPerSecond: 1000,
    masterDataRevision: null,
  });
const ack = (upTo: number, { life = 0 } = {}): Down =>
  parsed({ type: 'ack', cloudEpoch: epochOf(life), upTo, hash: hashOf(upTo) });
const need = (from: number): Down => parsed({ type: 'need', from, to: null });

type Up = { type: 'hello' } | { type: 'batch'; from: number; to: number };

/** The pump with its actions carried out: what it sends lands in `sent`. */
class Edge {
  state: PumpState;
  readonly sent: Up[] = [];
  readonly alarms: string[] = [];
  rowsPerBatch: number;
  nowMs = 0;
  constructor(headSeq: number, rowsPerBatch = 5) {
    this.state = initialPumpState(headSeq, 0);
    this.rowsPerBatch = rowsPerBatch;
  }

  take(step: { state: PumpState; actions: ReturnType<typeof reducePump>['actions'] }): void {
    this.state = step.state;
    for (const action of step.actions) {
      if (action.kind === 'send_hello') this.sent.push({ type: 'hello' });
      if (action.kind === 'alarm') this.alarms.push(action.code);
      if (action.kind !== 'send_batch') continue;
      const to = Math.min(action.afterSeq + this.rowsPerBatch, this.state.headSeq);
      expect(to).toBeGreaterThan(action.afterSeq);
      this.sent.push({ type: 'batch', from: action.afterSeq + 1, to });
      this.take(batchSent(this.state, to, { nowMs: this.nowMs, chance: 0.5 }));
    }
  }

  react(event: { kind: 'broker_up' | 'broker_down' | 'tick' }): void;
  react(event: { kind: 'host'; online: boolean } | { kind: 'appended'; headSeq: number }): void;
  react(event: { kind: 'heard'; message: DownMessage; ownHash: string | undefined }): void;
  react(event: object): void {
    this.take(reducePump(this.state, { nowMs: this.nowMs, chance: 0.5, ...event } as PumpEvent));
    expect(this.state.inFlight.length).toBeLessThanOrEqual(Math.min(this.state.window, 8));
    expect(this.state.ackedSeq).toBeLessThanOrEqual(this.state.headSeq);
    expect(this.state.sentSeq).toBeLessThanOrEqual(this.state.headSeq);
  }

  hear(message: DownMessage): void {
    const upTo = 'upTo' in message ? message.upTo : undefined;
    const known = upTo !== undefined && upTo <= this.state.headSeq;
    this.react({ kind: 'heard', message, ownHash: known ? hashOf(upTo) : undefined });
  }

  tick(afterMs: number): void {
    this.nowMs += afterMs;
    this.react({ kind: 'tick' });
  }

  connect(): void {
    this.react({ kind: 'broker_up' });
    this.react({ kind: 'host', online: true });
  }

  takeSent(): Up[] {
    return this.sent.splice(0);
  }
}

/** A pump that is connected and was welcomed at `upTo`; what it sent since the WELCOME is still in `sent`. */
function streaming({ head = 100, upTo = 0, window = 4, rowsPerBatch = 5 } = {}): Edge {
  const edge = new Edge(head, rowsPerBatch);
  edge.connect();
  edge.takeSent();
  edge.hear(welcome(upTo, { window }));
  return edge;
}

const batchesOf = (sent: Up[]) => sent.flatMap((up) => (up.type === 'batch' ? [[up.from, up.to]] : []));

describe('the pump', () => {
  test('says HELLO when broker and inbox are there, and sends nothing before the WELCOME', () => {
    const edge = new Edge(10);
    edge.react({ kind: 'host', online: true });
    expect(edge.takeSent()).toEqual([]);
    edge.react({ kind: 'broker_up' });
    edge.react({ kind: 'appended', headSeq: 11 });
    expect(edge.takeSent()).toEqual([{ type: 'hello' }]);
  });

  test('keeps to the window the cloud gave, and to its own of eight', () => {
    expect(batchesOf(streaming({ window: 2 }).sent)).toEqual([
      [1, 5],
      [6, 10],
    ]);
    expect(batchesOf(streaming({ window: 64 }).sent)).toHaveLength(8);
  });

  test('sends one batch more for each that is acknowledged', () => {
    const edge = streaming({ window: 2 });
    edge.takeSent();
    edge.hear(ack(5));
    expect(batchesOf(edge.takeSent())).toEqual([[11, 15]]);
    edge.hear(ack(15));
    expect(batchesOf(edge.takeSent())).toEqual([
      [16, 20],
      [21, 25],
    ]);
  });

  test('sends a new entry at once', () => {
    const edge = streaming({ head: 0 });
    edge.react({ kind: 'appended', headSeq: 1 });
    expect(batchesOf(edge.takeSent())).toEqual([[1, 1]]);
  });

  test('goes back to a watermark that is lower than before', () => {
    const edge = streaming({ head: 20, window: 8 });
    edge.hear(ack(20));
    edge.takeSent();
    edge.hear(welcome(5, { life: 1 }));
    expect(edge.state.ackedSeq).toBe(5);
    expect(batchesOf(edge.takeSent())).toEqual([
      [6, 10],
      [11, 15],
      [16, 20],
    ]);
  });

  test.each([
    ['a WELCOME ahead of the journal', welcome(101), 'cloud_is_ahead'],
    ['a WELCOME with another hash', { ...welcome(3), hash: hashOf(99) }, 'chains_differ'],
    ['an ACK with another hash', { ...ack(5), hash: hashOf(99) }, 'chains_differ'],
    ['a FORK', { ...chain, type: 'fork', seq: 3, cloudHash: hashOf(9) }, 'chains_differ'],
    ['a REJECT', { ...chain, type: 'reject', seq: 3, code: 'bad_hash' }, 'entry_rejected'],
  ] as [string, DownMessage, string][])(
    'halts with an alarm on %s, and stays halted',
    (_what, message, alarm) => {
      const edge = streaming();
      edge.takeSent();
      edge.hear(message);
      expect(edge.alarms).toEqual([alarm]);
      expect(edge.state.phase).toBe('halted');
      edge.react({ kind: 'appended', headSeq: 101 });
      edge.tick(3_600_000);
      edge.react({ kind: 'broker_down' });
      edge.connect();
      edge.hear(welcome(0));
      expect(edge.takeSent()).toEqual([]);
      expect(edge.state.phase).toBe('halted');
    },
  );

  test('raises an alarm on an ACK for what it has not sent, and does not believe it', () => {
    const edge = streaming({ window: 1 });
    edge.hear(ack(50));
    expect(edge.alarms).toEqual(['ack_beyond_sent']);
    expect(edge.state).toMatchObject({ phase: 'streaming', ackedSeq: 0 });
  });

  test('does not believe a receipt of an earlier life of the cloud: it asks', () => {
    const edge = streaming({ head: 20, window: 8 });
    edge.tick(10_000);
    edge.takeSent();
    edge.hear(ack(20, { life: 1 }));
    expect(edge.state.ackedSeq).toBe(0);
    expect(edge.takeSent()).toEqual([{ type: 'hello' }]);
  });

  test('sends again from the first entry without a receipt, later and later', () => {
    const edge = streaming({ head: 10 });
    edge.takeSent();
    const waits: number[] = [];
    for (let waited = 0; waits.length < 8 && edge.nowMs < 3_600_000; waited += 1000) {
      edge.tick(1000);
      const batches = batchesOf(edge.takeSent());
      if (batches.length === 0) continue;
      expect(batches).toEqual([
        [1, 5],
        [6, 10],
      ]);
      waits.push(waited + 1000);
      waited = -1000;
    }
    expect(waits.map((ms) => ms / 1000)).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test('repeats a HELLO that is not answered, and says it again after a quarter of an hour of quiet', () => {
    const edge = new Edge(3);
    edge.connect();
    edge.takeSent();
    edge.tick(9_999);
    expect(edge.takeSent()).toEqual([]);
    edge.tick(1);
    expect(edge.takeSent()).toEqual([{ type: 'hello' }]);
    edge.hear(welcome(3));
    edge.tick(15 * 60_000 - 1);
    expect(edge.takeSent()).toEqual([]);
    edge.tick(1);
    expect(edge.takeSent()).toEqual([{ type: 'hello' }]);
  });

  test('goes back to where the cloud needs it, once for one lost batch', () => {
    const edge = streaming({ window: 8, head: 200 });
    expect(batchesOf(edge.takeSent())).toHaveLength(8);
    // The first batch was lost: each of the other seven is answered by the same NEED.
    for (let behind = 0; behind < 7; behind += 1) edge.hear(need(1));
    const again = batchesOf(edge.takeSent());
    expect(again).toHaveLength(8);
    expect(again[0]).toEqual([1, 5]);
  });

  test('goes back again when the batch it went back to is lost as well', () => {
    const edge = streaming({ window: 2, head: 200 });
    edge.hear(need(1));
    edge.takeSent();
    edge.hear(need(1));
    expect(edge.takeSent()).toEqual([]);
    edge.tick(30_000);
    expect(batchesOf(edge.takeSent())[0]).toEqual([1, 5]);
    edge.hear(need(1));
    expect(batchesOf(edge.takeSent())[0]).toEqual([1, 5]);
  });

  test('greets anew when the cloud needs what it had acknowledged, but never without a pause', () => {
    const edge = streaming({ upTo: 50 });
    edge.takeSent();
    let hellos = 0;
    for (let second = 0; second < 100; second += 1) {
      // A cloud that contradicts itself: it welcomes at 50 and needs 10.
      edge.hear(need(10));
      hellos += edge.takeSent().filter(({ type }) => type === 'hello').length;
      edge.tick(1000);
      const said = edge.takeSent().filter(({ type }) => type === 'hello').length;
      hellos += said;
      if (said > 0) edge.hear(welcome(50));
    }
    expect(hellos).toBeGreaterThanOrEqual(5);
    expect(hellos).toBeLessThanOrEqual(11);
  });

  test('forgets what is under way when the broker or the inbox goes', () => {
    const edge = streaming();
    edge.react({ kind: 'host', online: false });
    expect(edge.state).toMatchObject({ phase: 'offline', inFlight: [], retryAtMs: null });
    edge.takeSent();
    edge.tick(3_600_000);
    edge.hear(ack(5));
    expect(edge.takeSent()).toEqual([]);
    edge.react({ kind: 'host', online: true });
    expect(edge.takeSent()).toEqual([{ type: 'hello' }]);
  });
});

describe('the pump against a cloud that forgets and a network that loses, doubles and reorders', () => {
  type Step =
    | { do: 'append'; entries: number }
    | { do: 'deliver' | 'lose' | 'double'; way: 'up' | 'down'; at: number }
    | { do: 'wait'; ms: number }
    | { do: 'broker'; up: boolean }
    | { do: 'inbox'; online: boolean }
    | { do: 'restore_cloud'; lose: number }
    | { do: 'batch_rows'; rows: number };
  const way = fc.constantFrom('up' as const, 'down' as const);
  const at = fc.nat({ max: 20 });
  const deliver = fc.record({ do: fc.constant('deliver' as const), way, at });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 8, arbitrary: deliver },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('append' as const), entries: fc.integer({ min: 1, max: 12 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'double' as const), way, at }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 400_000 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('broker' as const), up: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('inbox' as const), online: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('restore_cloud' as const), lose: fc.nat({ max: 30 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('batch_rows' as const), rows: fc.integer({ min: 1, max: 7 }) }),
    },
  );

  class World {
    readonly edge = new Edge(0);
    readonly up: Up[] = [];
    readonly down: Down[] = [];
    readonly window: number;
    life = 0;
    stored = 0;
    /** The most each life of the cloud ever held. */
    readonly mostStored = [0];

    constructor(window: number) {
      this.window = window;
    }

    collect(): void {
      this.up.push(...this.edge.takeSent());
      const { phase, ackedSeq, cloudEpoch } = this.edge.state;
      expect(phase).not.toBe('halted');
      const life = cloudEpoch === null ? 0 : Number(cloudEpoch.slice('epoch-'.length));
      expect(ackedSeq).toBeLessThanOrEqual(this.mostStored[life] ?? 0);
    }

    cloudTakes(message: Up): void {
      const { life } = this;
      if (message.type === 'hello') {
        this.down.push(welcome(this.stored, { life, window: this.window }));
      } else if (message.from > this.stored + 1) {
        this.down.push(need(this.stored + 1));
      } else {
        this.stored = Math.max(this.stored, message.to);
        this.mostStored[life] = Math.max(this.mostStored[life] ?? 0, this.stored);
        this.down.push(ack(this.stored, { life }));
      }
    }

    deliver(towards: 'up' | 'down', index: number): void {
      if (towards === 'up') {
        const [message] = this.up.splice(index % (this.up.length || 1), 1);
        if (message !== undefined) this.cloudTakes(message);
      } else {
        const [message] = this.down.splice(index % (this.down.length || 1), 1);
        if (message !== undefined && this.edge.state.brokerUp) this.edge.hear(message);
      }
    }

    run(step: Step): void {
      switch (step.do) {
        case 'append':
          this.edge.react({ kind: 'appended', headSeq: this.edge.state.headSeq + step.entries });
          break;
        case 'deliver':
          this.deliver(step.way, step.at);
          break;
        case 'lose':
        case 'double': {
          const queue: unknown[] = this[step.way];
          const index = step.at % (queue.length || 1);
          if (queue.length > 0)
            queue.splice(index, 1, ...(step.do === 'lose' ? [] : [queue[index], queue[index]]));
          break;
        }
        case 'wait':
          this.edge.tick(step.ms);
          break;
        case 'broker':
          this.edge.react({ kind: step.up ? 'broker_up' : 'broker_down' });
          break;
        case 'inbox':
          this.edge.react({ kind: 'host', online: step.online });
          break;
        case 'restore_cloud':
          this.life += 1;
          this.stored = Math.max(0, this.stored - step.lose);
          this.mostStored.push(this.stored);
          break;
        case 'batch_rows':
          this.edge.rowsPerBatch = step.rows;
          break;
      }
      this.collect();
    }

    /** Faults stop: everything is delivered in order and time goes on. */
    settle(): void {
      this.run({ do: 'broker', up: true });
      this.run({ do: 'inbox', online: true });
      for (let second = 0; second < 1800; second += 5) {
        for (let messages = 0; this.up.length + this.down.length > 0; messages += 1) {
          expect(messages, 'messages without end').toBeLessThan(2000);
          this.run({ do: 'deliver', way: this.up.length > 0 ? 'up' : 'down', at: 0 });
        }
        this.run({ do: 'wait', ms: 5000 });
      }
    }
  }

  test('ends with every entry acknowledged, and never believes more than the cloud held', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 10 }), (steps, window) => {
        const world = new World(window);
        for (const one of steps) world.run(one);
        world.settle();
        const { headSeq, ackedSeq } = world.edge.state;
        expect({ ackedSeq, stored: world.stored }).toEqual({ ackedSeq: headSeq, stored: headSeq });
      }),
      { numRuns: 300 },
    );
  });
});
