import type { DownMessage } from '@weighgate/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CloudDisk,
  isSettled,
  ModelCloud,
  ModelEdge,
  type ModelUp,
  modelIds,
  wasHeld,
} from './model-world.ts';

type Step =
  | { do: 'weigh'; entries: number }
  | { do: 'deliver' | 'lose' | 'double'; way: 'up' | 'down'; at: number }
  | { do: 'wait'; ms: number }
  | { do: 'broker'; up: boolean }
  | { do: 'inbox'; online: boolean }
  | { do: 'batch_rows'; rows: number }
  | { do: Happening };
type Happening =
  | 'edge_restarts'
  | 'image_is_taken'
  | 'old_image_is_put_back'
  | 'backup_is_restored'
  | 'edge_is_wiped'
  | 'edge_disk_fills_up'
  | 'edge_disk_has_room'
  | 'cloud_is_backed_up'
  | 'cloud_is_restored'
  | 'cloud_asks_for_hello'
  | 'cloud_is_busy';

const way = fc.constantFrom('up' as const, 'down' as const);
const at = fc.nat({ max: 20 });
const is = <T extends string>(what: T) => fc.constant(what);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: is('deliver'), way, at: fc.constant(0) }) },
  { weight: 5, arbitrary: fc.record({ do: is('deliver'), way, at }) },
  { weight: 4, arbitrary: fc.record({ do: is('weigh'), entries: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'double' as const), way, at }) },
  { weight: 2, arbitrary: fc.record({ do: is('wait'), ms: fc.integer({ min: 1, max: 400_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: is('broker'), up: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: is('inbox'), online: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: is('batch_rows'), rows: fc.integer({ min: 1, max: 7 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom<Happening[]>(
        'edge_restarts',
        'image_is_taken',
        'old_image_is_put_back',
        'backup_is_restored',
        'edge_is_wiped',
        'edge_disk_fills_up',
        'edge_disk_has_room',
        'cloud_is_backed_up',
        'cloud_is_restored',
        'cloud_asks_for_hello',
        'cloud_is_busy',
      ),
    }),
  },
);

class World {
  readonly makeId = modelIds();
  readonly cloud = new ModelCloud(this.makeId);
  edge = new ModelEdge(this.makeId);
  readonly up: ModelUp[] = [];
  readonly down: DownMessage[] = [];
  image: ModelEdge['lives'] = this.edge.lives;
  backup: CloudDisk = this.cloud.disk;
  facts = 0;
  /** How far the last comparison of each life agreed, within the cloud's present life. */
  readonly matched = new Map<string, number>();

  run(one: Step): void {
    switch (one.do) {
      case 'weigh':
        for (let index = 0; index < one.entries; index += 1) {
          this.facts += 1;
          this.edge.weigh(String(this.facts));
        }
        break;
      case 'deliver':
        this.deliver(one.way, one.at);
        break;
      case 'lose':
      case 'double': {
        const queue: unknown[] = this[one.way];
        const index = one.at % (queue.length || 1);
        const instead = one.do === 'lose' ? [] : [queue[index], queue[index]];
        if (queue.length > 0) queue.splice(index, 1, ...instead);
        break;
      }
      case 'wait':
        this.edge.tick(one.ms);
        break;
      case 'broker':
        this.edge.react({ kind: one.up ? 'broker_up' : 'broker_down' });
        break;
      case 'inbox':
        this.edge.react({ kind: 'host', online: one.online });
        break;
      case 'batch_rows':
        this.edge.batchRows = one.rows;
        break;
      case 'edge_restarts':
        this.edge.restart();
        break;
      case 'image_is_taken':
        this.image = this.edge.lives;
        break;
      case 'old_image_is_put_back':
        this.edge.putBack(this.image);
        break;
      case 'backup_is_restored':
        this.edge.restore(this.image);
        break;
      case 'edge_is_wiped':
        this.edge.restore([]);
        break;
      case 'edge_disk_fills_up':
      case 'edge_disk_has_room':
        this.edge.partingFails = one.do === 'edge_disk_fills_up';
        break;
      case 'cloud_is_backed_up':
        this.backup = this.cloud.disk;
        break;
      case 'cloud_is_restored':
        this.cloud.restore(this.backup);
        break;
      case 'cloud_asks_for_hello':
        this.down.push({ v: 1, type: 'rehello', device: 'gate-1', spreadMs: 5000 });
        break;
      case 'cloud_is_busy':
        this.down.push({ v: 1, type: 'retry', device: 'gate-1', afterMs: 20_000 });
        break;
    }
    this.collect();
  }

  deliver(towards: 'up' | 'down', index: number): void {
    if (towards === 'up') {
      const [message] = this.up.splice(index % (this.up.length || 1), 1);
      if (message !== undefined) this.down.push(this.cloud.answer(message));
    } else {
      const [message] = this.down.splice(index % (this.down.length || 1), 1);
      if (message !== undefined && this.edge.state.brokerUp) this.edge.hear(message);
    }
  }

  collect(): void {
    const { edge, cloud } = this;
    this.up.push(...edge.takeSent());
    expect(edge.state.phase).not.toBe('halted');
    expect(edge.state.inFlight.length).toBeLessThanOrEqual(Math.min(edge.state.window, 16));
    // I4: what the edge takes for acknowledged, that life of the cloud did commit.
    for (const kept of edge.kept.splice(0)) {
      if (kept.kind === 'keep_acked') expect(wasHeld(cloud, edge, kept), JSON.stringify(kept)).toBe(true);
      else if (kept.cloudEpoch === cloud.disk.epoch) this.matched.set(kept.incarnation, kept.matchedSeq);
    }
  }

  /** Faults stop: everything is delivered in order and time goes on. */
  settle(): void {
    this.run({ do: 'edge_disk_has_room' });
    this.run({ do: 'broker', up: true });
    this.run({ do: 'inbox', online: true });
    for (let second = 0; second < 3600; second += 5) {
      for (let messages = 0; this.up.length + this.down.length > 0; messages += 1) {
        expect(messages, 'messages without end').toBeLessThan(3000);
        this.run({ do: 'deliver', way: this.up.length > 0 ? 'up' : 'down', at: 0 });
      }
      if (isSettled(this.edge, this.cloud)) return;
      this.run({ do: 'wait', ms: 5000 });
    }
  }

  /** A day and an hour of quiet. */
  compare(): void {
    for (let minute = 0; minute < 25 * 60; minute += 1) {
      this.run({ do: 'wait', ms: 60_000 });
      while (this.up.length + this.down.length > 0) {
        this.run({ do: 'deliver', way: this.up.length > 0 ? 'up' : 'down', at: 0 });
      }
    }
  }
}

describe('the pump against a network that loses, doubles and reorders, and machines that are replaced', () => {
  test('ends with every fact of the journal applied in the cloud, and never believes more than the cloud held', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const world = new World();
        world.edge.connect();
        for (const one of steps) world.run(one);
        world.settle();
        const { edge, cloud } = world;
        expect(isSettled(edge, cloud), JSON.stringify(edge.state)).toBe(true);
        // I1, I8: whatever the journal holds, of whichever life, is applied; I2: each fact has one place to be applied.
        expect(edge.facts().filter((fact) => !cloud.disk.applied.has(fact))).toEqual([]);
        // I8: within a day both have compared every life, and found no difference.
        const alarms = edge.alarms.length;
        world.compare();
        expect(edge.alarms).toHaveLength(alarms);
        const { chains } = edge.state;
        const compared = chains.filter(({ ackedSeq }) => ackedSeq > 0);
        expect(compared.map(({ incarnation }) => world.matched.get(incarnation))).toEqual(
          compared.map(({ ackedSeq }) => ackedSeq),
        );
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
