import type { DownMessage, Uuid } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { isSettled, ModelCloud, ModelEdge, type ModelUp, modelIds } from './model-world.ts';

type Down<T extends DownMessage['type']> = Extract<DownMessage, { type: T }>;

/** An edge that has weighed so often, and a cloud, that talk without any fault. */
function world({ weighed = 100, window = 4, pace = 10_000, rowsPerBatch = 5 } = {}) {
  const makeId = modelIds();
  const cloud = new ModelCloud(makeId);
  cloud.window = window;
  cloud.paceRowsPerSecond = pace;
  const edge = new ModelEdge(
    makeId,
    Array.from({ length: weighed }, (_, index) => String(index + 1)),
  );
  edge.batchRows = rowsPerBatch;
  const answers = (ups: readonly ModelUp[]) => ups.map((up) => cloud.answer(up));
  return {
    edge,
    cloud,
    answers,
    /** Says the answer to the HELLO that was said last; what is sent upon it stays in `edge.sent`. */
    welcome(changes: { [K in keyof Down<'welcome'>]?: Down<'welcome'>[K] | undefined } = {}): void {
      const hello = edge.takeSent().findLast((up) => up.type === 'hello');
      if (hello === undefined) throw new Error('no HELLO was said');
      edge.hear({ ...cloud.answer(hello), ...changes } as DownMessage);
    },
    /** Until nobody has anything to say. */
    talk(): void {
      for (let round = 0; edge.sent.length > 0; round += 1) {
        expect(round, 'rounds of talk').toBeLessThan(500);
        for (const answer of answers(edge.takeSent())) edge.hear(answer);
      }
    },
  };
}

/** Connected and welcomed. */
function streaming(options: Parameters<typeof world>[0] = {}) {
  const one = world(options);
  one.edge.connect();
  one.welcome();
  return one;
}

/** Connected, and everything acknowledged. */
function settled(options: Parameters<typeof world>[0] = {}) {
  const one = world(options);
  one.edge.connect();
  one.talk();
  expect(isSettled(one.edge, one.cloud)).toBe(true);
  return one;
}

const batchesOf = (ups: readonly ModelUp[]) =>
  ups.flatMap((up) => (up.type === 'batch' ? [[up.from, up.from + up.rows.length - 1]] : []));
const typesOf = (ups: readonly ModelUp[]) => ups.map(({ type }) => type);
const presentOf = (edge: ModelEdge) => edge.present.incarnation;
const chainOf = (edge: ModelEdge) => ({ v: 1, device: 'gate-1', incarnation: presentOf(edge) }) as const;
const otherHash = 'f'.repeat(64);

describe('greeting', () => {
  test('says HELLO when broker and inbox are there, and sends nothing before the WELCOME', () => {
    const { edge } = world();
    edge.react({ kind: 'host', online: true });
    expect(edge.takeSent()).toEqual([]);
    edge.react({ kind: 'broker_up' });
    edge.weigh('a');
    expect(typesOf(edge.takeSent())).toEqual(['hello']);
  });

  test('repeats a HELLO that is not answered, and says it again after a quarter of an hour of quiet', () => {
    const { edge, welcome, talk } = world({ weighed: 0 });
    edge.connect();
    edge.takeSent();
    edge.tick(9_999);
    expect(edge.takeSent()).toEqual([]);
    edge.tick(1);
    welcome();
    talk();
    edge.tick(15 * 60_000 - 1);
    expect(edge.takeSent()).toEqual([]);
    edge.tick(1);
    expect(typesOf(edge.takeSent())).toEqual(['hello']);
  });

  test('after an outage waits its random part of the time that the cloud asked for', () => {
    const { edge, welcome } = world();
    edge.connect();
    welcome({ spreadMs: 60_000 });
    edge.react({ kind: 'broker_down' });
    edge.takeSent();
    edge.chance = 0.25;
    edge.connect();
    edge.tick(14_999);
    expect(edge.takeSent()).toEqual([]);
    edge.tick(1);
    expect(typesOf(edge.takeSent())).toEqual(['hello']);
  });

  test('greets anew when the cloud asks for it, within the time it gives', () => {
    const { edge } = settled();
    edge.tick(60_000);
    edge.chance = 0.5;
    edge.hear({ v: 1, type: 'rehello', device: 'gate-1', spreadMs: 20_000 });
    edge.tick(9_999);
    expect(edge.takeSent()).toEqual([]);
    edge.tick(1);
    expect(typesOf(edge.takeSent())).toEqual(['hello']);
  });

  test('a cloud that asks for a HELLO at every HELLO gets one in ten seconds', () => {
    const { edge, answers } = settled();
    let hellos = 0;
    for (let second = 0; second < 100; second += 1) {
      edge.hear({ v: 1, type: 'rehello', device: 'gate-1', spreadMs: 0 });
      edge.tick(1000);
      const sent = edge.takeSent();
      hellos += typesOf(sent).filter((type) => type === 'hello').length;
      for (const answer of answers(sent)) edge.hear(answer);
    }
    expect(hellos).toBeGreaterThanOrEqual(5);
    expect(hellos).toBeLessThanOrEqual(11);
  });

  test('forgets what is under way when the broker or the inbox goes', () => {
    const { edge } = streaming();
    edge.react({ kind: 'host', online: false });
    expect(edge.state).toMatchObject({ phase: 'offline', inFlight: [] });
    edge.takeSent();
    edge.tick(15 * 60_000 - 1);
    expect(edge.takeSent()).toEqual([]);
    edge.react({ kind: 'host', online: true });
    expect(typesOf(edge.takeSent())).toEqual(['hello']);
    edge.react({ kind: 'broker_down' });
    expect(edge.state).toMatchObject({ phase: 'offline', inFlight: [], retryAtMs: null });
    edge.tick(3_600_000);
    expect(edge.takeSent()).toEqual([]);
  });

  const [up, online, left] = [
    { kind: 'broker_up' },
    { kind: 'host', online: true },
    { kind: 'host', online: false },
  ] as const;
  const wordIsLost = [
    { what: 'nothing was said of the inbox', events: [up] },
    { what: 'it was said to have left', events: [up, online, left] },
    { what: 'it had left before', events: [left, up, left] },
  ] as const;
  test.each(wordIsLost)(
    'when $what and word that it listens is lost, says HELLO within a quarter of an hour, and everything is sent',
    ({ events }) => {
      const { edge, cloud, talk } = world();
      for (const event of events) edge.react(event);
      edge.takeSent();
      edge.tick(15 * 60_000 - 1);
      expect(edge.takeSent()).toEqual([]);
      edge.tick(1);
      expect(typesOf(edge.sent)).toEqual(['hello']);
      talk();
      expect(isSettled(edge, cloud)).toBe(true);
      // Whoever answered listens: one that is not answered is tried again soon.
      edge.tick(15 * 60_000);
      expect(typesOf(edge.takeSent())).toEqual(['hello']);
      edge.tick(10_000);
      expect(typesOf(edge.takeSent())).toEqual(['hello']);
    },
  );

  test.each([
    [0, 7.5],
    [0.5, 15],
    [0.9, 21],
  ])(
    'where no inbox listens that HELLO comes once in a while and nothing else (chance %s)',
    (chance, minutes) => {
      const { edge } = world();
      edge.chance = chance;
      edge.react(up);
      for (let round = 0; round < 3; round += 1) {
        edge.tick(minutes * 60_000 - 1);
        expect(edge.takeSent()).toEqual([]);
        edge.tick(1);
        expect(typesOf(edge.takeSent())).toEqual(['hello']);
        edge.tick(10_000 * (0.5 + chance));
        expect(edge.takeSent()).toEqual([]);
        expect(edge.state).toMatchObject({ phase: 'offline', hostOnline: false });
      }
    },
  );
});

describe('window and pace', () => {
  test('keeps to the window the cloud gave, and to its own of sixteen', () => {
    expect(batchesOf(streaming({ window: 2 }).edge.sent)).toEqual([
      [1, 5],
      [6, 10],
    ]);
    expect(batchesOf(streaming({ window: 64 }).edge.sent)).toHaveLength(16);
  });

  test('has no more than a megabyte under way, and a batch', () => {
    const { edge, welcome } = world({ window: 8 });
    edge.batchBytes = 256 * 1024;
    edge.connect();
    welcome();
    expect(batchesOf(edge.sent)).toHaveLength(4);
  });

  test('sends one batch more for each that is acknowledged', () => {
    const { edge, answers } = streaming({ window: 2 });
    const [first, second] = answers(edge.takeSent());
    if (first === undefined || second === undefined) throw new Error('two batches are under way');
    edge.hear(first);
    expect(batchesOf(edge.takeSent())).toEqual([[11, 15]]);
    edge.hear(second);
    expect(batchesOf(edge.takeSent())).toEqual([[16, 20]]);
  });

  test('sends a new entry at once', () => {
    const { edge } = settled({ weighed: 0 });
    edge.weigh('a');
    expect(batchesOf(edge.takeSent())).toEqual([[1, 1]]);
  });

  test.each([
    [5, 5],
    [50, 50],
    [200, 200],
  ])('at %d rows a second a long backlog goes out at that pace', (pace, rowsPerSecond) => {
    const { edge, answers } = streaming({ weighed: 5000, pace, window: 8, rowsPerBatch: 50 });
    let rows = 0;
    const seconds = 20;
    for (let second = 0; second <= seconds; second += 1) {
      for (let sent = edge.takeSent(); sent.length > 0; sent = edge.takeSent()) {
        for (const [from = 0, to = 0] of batchesOf(sent)) rows += to - from + 1;
        for (const answer of answers(sent)) edge.hear(answer);
      }
      edge.tick(1000);
    }
    // The bucket starts full: one second's worth, or one batch.
    const atOnce = Math.max(50, pace);
    expect(rows).toBeLessThanOrEqual(atOnce + rowsPerSecond * seconds);
    expect(rows).toBeGreaterThan(rowsPerSecond * seconds - 50);
  });

  test('greeting again is no way to send faster', () => {
    const { edge, welcome } = streaming({ weighed: 5000, pace: 10, window: 8, rowsPerBatch: 50 });
    for (let greeting = 0; greeting < 5; greeting += 1) {
      edge.takeSent();
      edge.react({ kind: 'broker_down' });
      edge.connect();
      welcome();
    }
    expect(batchesOf(edge.sent)).toEqual([]);
  });

  test('when the cloud is busy, waits as long as it asks for and begins again after what was acknowledged', () => {
    const { edge, answers } = streaming({ window: 2 });
    const [first] = answers(edge.takeSent());
    if (first !== undefined) edge.hear(first);
    edge.takeSent();
    edge.chance = 0;
    edge.hear({ v: 1, type: 'retry', device: 'gate-1', afterMs: 20_000 });
    edge.weigh('a');
    edge.hear({ ...chainOf(edge), type: 'need', from: 6, to: null });
    edge.tick(19_999);
    expect(edge.takeSent()).toEqual([]);
    edge.tick(1);
    expect(batchesOf(edge.takeSent())).toEqual([
      [6, 10],
      [11, 15],
    ]);
  });
});

describe('what is lost is sent again', () => {
  test('from the first entry without a receipt, later and later', () => {
    const { edge } = streaming({ weighed: 10 });
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

  test('from where the cloud needs it, once for one lost batch', () => {
    const { edge, answers } = streaming({ window: 8, weighed: 200 });
    const [, ...behindTheLost] = edge.takeSent();
    for (const need of answers(behindTheLost)) edge.hear(need);
    const again = batchesOf(edge.takeSent());
    expect(again).toHaveLength(8);
    expect(again[0]).toEqual([1, 5]);
  });

  test('goes back again when the batch it went back to is lost as well', () => {
    const { edge } = streaming({ window: 2, weighed: 200 });
    const need = { ...chainOf(edge), type: 'need', from: 1, to: null } as const;
    edge.hear(need);
    edge.takeSent();
    edge.hear(need);
    expect(edge.takeSent()).toEqual([]);
    edge.tick(30_000);
    expect(batchesOf(edge.takeSent())[0]).toEqual([1, 5]);
    edge.hear(need);
    expect(batchesOf(edge.takeSent())[0]).toEqual([1, 5]);
  });

  test('greets anew when the cloud needs what it had acknowledged, but never without a pause', () => {
    const { edge, welcome } = settled({ weighed: 60 });
    let hellos = 0;
    for (let second = 0; second < 100; second += 1) {
      edge.hear({ ...chainOf(edge), type: 'need', from: 10, to: null });
      if (typesOf(edge.sent).includes('hello')) {
        hellos += 1;
        welcome();
      }
      edge.tick(1000);
    }
    expect(hellos).toBeGreaterThanOrEqual(5);
    expect(hellos).toBeLessThanOrEqual(11);
  });
});

describe('whose word counts', () => {
  test('does not believe a receipt of another life of the cloud: it asks', () => {
    const { edge, answers, cloud } = streaming({ weighed: 5 });
    const [ack] = answers(edge.takeSent());
    if (ack?.type !== 'ack') throw new Error('the batch was not taken');
    edge.tick(10_000);
    edge.takeSent();
    edge.hear({ ...ack, cloudEpoch: cloud.makeId() });
    expect(edge.state.chains[0]?.ackedSeq).toBe(0);
    expect(typesOf(edge.takeSent())).toEqual(['hello']);
  });

  test('a receipt for more than there is raises an alarm, is not believed, and is asked about', () => {
    const { edge, cloud } = streaming({ weighed: 5 });
    edge.tick(9_000);
    edge.takeSent();
    const { epoch: cloudEpoch } = cloud.disk;
    edge.tick(1_000);
    edge.takeSent();
    edge.hear({ ...chainOf(edge), type: 'ack', cloudEpoch, upTo: 9, hash: otherHash });
    expect(edge.alarms).toEqual(['ack_beyond_head']);
    expect(edge.state.chains[0]?.ackedSeq).toBe(0);
    expect(typesOf(edge.takeSent())).toEqual(['hello']);
  });

  test('goes back to a watermark that is lower than before, and the cloud has everything again', () => {
    const { edge, cloud, talk } = settled({ weighed: 20 });
    const { incarnation } = edge.present;
    const chain = cloud.disk.chains.get(incarnation) ?? [];
    cloud.restore({ ...cloud.disk, chains: new Map([[incarnation, chain.slice(0, 5)]]), applied: new Set() });
    edge.react({ kind: 'broker_down' });
    edge.connect();
    const kept = edge.kept.length;
    talk();
    expect(edge.kept[kept]).toMatchObject({ kind: 'keep_acked', ackedSeq: 5 });
    expect(isSettled(edge, cloud)).toBe(true);
    expect(cloud.disk.chains.get(incarnation)).toHaveLength(20);
  });

  test('is not moved by words about a life it does not have, or another device sends', () => {
    const { edge, cloud } = settled({ weighed: 5 });
    const before = edge.state;
    const stranger = { ...chainOf(edge), incarnation: cloud.makeId() };
    edge.hear({ ...stranger, type: 'fork', seq: 1, cloudHash: otherHash });
    edge.hear({ v: 1, type: 'md_nudge', device: 'gate-1', revision: 1 });
    expect(edge.state).toBe(before);
  });
});

describe('several lives', () => {
  /** A database that was restored from a backup of `backedUp` entries, of which the cloud has `sent`. */
  function restored({ backedUp, sent }: { backedUp: number; sent: number }) {
    const one = world({ weighed: sent });
    one.edge.connect();
    one.talk();
    for (let more = sent; more < backedUp; more += 1) one.edge.weigh(`late ${more}`);
    one.edge.takeSent();
    one.edge.restore(one.edge.lives);
    one.edge.weigh('after');
    one.edge.connect();
    return one;
  }

  test('the entries of a former life go first, as they stand, and then those of the present one', () => {
    const { edge, cloud, talk } = restored({ backedUp: 12, sent: 5 });
    const [former, present] = edge.lives.map(({ incarnation }) => incarnation);
    expect(edge.sent).toMatchObject([{ type: 'hello', incarnation: former, head: { seq: 12 } }]);
    const order: (Uuid | undefined)[] = [];
    while (edge.sent.length > 0) {
      const sent = edge.takeSent();
      order.push(...sent.map(({ incarnation }) => incarnation));
      for (const up of sent) edge.hear(cloud.answer(up));
    }
    expect(order.indexOf(present)).toBeGreaterThan(order.lastIndexOf(former));
    talk();
    expect(isSettled(edge, cloud)).toBe(true);
    expect(cloud.disk.chains.get(former as Uuid)).toEqual(edge.lives[0]?.rows);
    expect(edge.alarms).toEqual([]);
  });

  test('a former life of which the cloud has more, because it went on after the backup, is left alone', () => {
    const one = settled({ weighed: 8 });
    const backup = one.edge.lives;
    for (const fact of ['x', 'y']) one.edge.weigh(fact);
    one.talk();
    // The copy does not know that anything was acknowledged.
    one.edge.restore(backup.map((life) => ({ ...life, acked: { ackedSeq: 0, cloudEpoch: null } })));
    one.edge.weigh('after');
    one.edge.connect();
    one.talk();
    expect(isSettled(one.edge, one.cloud)).toBe(true);
    expect(one.edge.alarms).toEqual([]);
    expect(one.edge.lives[0]?.partedAfter).toBeNull();
  });

  test('a former life that the cloud holds otherwise is carried into the present one, which goes on', () => {
    const one = settled({ weighed: 8 });
    const backup = one.edge.lives;
    one.edge.weigh('twin 9');
    one.talk();
    one.edge.putBack(backup);
    one.edge.weigh('own 9');
    one.edge.restore(one.edge.lives);
    const { incarnation } = one.edge.present;
    one.edge.connect();
    one.talk();
    one.edge.tick(20_000);
    one.talk();
    expect(isSettled(one.edge, one.cloud)).toBe(true);
    expect(one.edge.present.incarnation).toBe(incarnation);
    expect(one.edge.present.rows.map(({ text }) => text)).toEqual(['cown 9']);
    expect(one.cloud.disk.applied.has('own 9')).toBe(true);
  });

  test('another life of the cloud is offered everything again from the oldest life on', () => {
    const { edge, cloud, talk } = restored({ backedUp: 5, sent: 5 });
    talk();
    expect(isSettled(edge, cloud)).toBe(true);
    cloud.restore({ ...cloud.disk, chains: new Map(), applied: new Set() });
    edge.react({ kind: 'broker_down' });
    edge.connect();
    talk();
    for (let second = 0; second < 20; second += 1) {
      edge.tick(1000);
      talk();
    }
    expect(isSettled(edge, cloud)).toBe(true);
    expect([...cloud.disk.chains.values()].map((rows) => rows.length)).toEqual([5, 1]);
    expect(edge.lives).toHaveLength(2);
  });
});

describe('two chains that differ', () => {
  /** An old image of the disk was put back; the cloud has `more` entries that it does not, and it made `own`. */
  function withOldImage({ more, own }: { more: number; own: number }) {
    const one = settled({ weighed: 50 });
    const image = one.edge.lives;
    for (let index = 0; index < more; index += 1) one.edge.weigh(`twin ${index}`);
    one.talk();
    one.edge.putBack(image);
    for (let index = 0; index < own; index += 1) one.edge.weigh(`own ${index}`);
    one.edge.connect();
    return one;
  }

  test.each([
    ['as many', { more: 10, own: 10 }, 'chains_differ'],
    ['more than the cloud', { more: 3, own: 10 }, 'chains_differ'],
    ['fewer than the cloud', { more: 10, own: 3 }, 'cloud_is_ahead'],
    ['none', { more: 10, own: 0 }, 'cloud_is_ahead'],
  ])(
    'an old image that made %s: a new life goes on from what is shared, with every fact once',
    (_, made, alarm) => {
      const { edge, cloud, talk } = withOldImage(made);
      const [{ incarnation: parent } = { incarnation: null }] = edge.lives;
      talk();
      expect(edge.alarms).toEqual([alarm]);
      expect(edge.lives).toMatchObject([{ incarnation: parent, partedAfter: 50 }, {}]);
      const own = Array.from({ length: made.own }, (_fact, index) => `own ${index}`);
      expect(edge.present.rows.map(({ text }) => text)).toEqual(own.map((fact) => `c${fact}`));
      expect(isSettled(edge, cloud)).toBe(true);
      expect(own.filter((fact) => !cloud.disk.applied.has(fact))).toEqual([]);
      expect(edge.state.trouble).toMatchObject({ code: alarm, incarnation: parent });
      edge.weigh('after');
      talk();
      expect(cloud.disk.applied.has('after')).toBe(true);
    },
  );

  test('weighing goes on while it cannot be stored, and nothing is sent meanwhile; it is tried again', () => {
    const one = withOldImage({ more: 2, own: 2 });
    const { edge, cloud, talk } = one;
    edge.partingFails = true;
    talk();
    expect(edge.alarms).toEqual(['chains_differ', 'parting_failed']);
    edge.weigh('meanwhile');
    edge.tick(60_000);
    edge.react({ kind: 'broker_down' });
    edge.connect();
    expect(edge.takeSent()).toEqual([]);
    edge.partingFails = false;
    edge.tick(600_000);
    talk();
    expect(isSettled(edge, cloud)).toBe(true);
    expect(cloud.disk.applied.has('meanwhile')).toBe(true);
  });

  test('a FORK makes a new life that carries all that was not acknowledged', () => {
    const { edge, answers, talk, cloud } = streaming({ weighed: 8, window: 1 });
    for (const answer of answers(edge.takeSent())) edge.hear(answer);
    edge.takeSent();
    edge.hear({ ...chainOf(edge), type: 'fork', seq: 7, cloudHash: otherHash });
    expect(edge.lives[0]).toMatchObject({ partedAfter: 5 });
    expect(edge.present.rows.map(({ text }) => text)).toEqual(['c6', 'c7', 'c8']);
    talk();
    expect(isSettled(edge, cloud)).toBe(true);
    // Said twice, it is about a life that has parted.
    const lives = edge.lives.length;
    edge.hear({
      ...chainOf(edge),
      incarnation: edge.lives[0]?.incarnation as Uuid,
      type: 'fork',
      seq: 7,
      cloudHash: otherHash,
    });
    expect(edge.lives).toHaveLength(lives);
  });

  test('a FORK at what was acknowledged is asked about before anything is done', () => {
    const { edge, talk, cloud } = settled({ weighed: 8 });
    edge.tick(20_000);
    edge.hear({ ...chainOf(edge), type: 'fork', seq: 3, cloudHash: otherHash });
    expect(typesOf(edge.sent)).toEqual(['hello']);
    talk();
    expect(edge.lives).toHaveLength(1);
    expect(isSettled(edge, cloud)).toBe(true);
  });

  test('an ACK with another hash makes a new life after what was acknowledged', () => {
    const { edge, cloud } = streaming({ weighed: 8 });
    edge.takeSent();
    const { epoch: cloudEpoch } = cloud.disk;
    edge.hear({ ...chainOf(edge), type: 'ack', cloudEpoch, upTo: 5, hash: otherHash });
    expect(edge.alarms).toEqual(['chains_differ']);
    expect(edge.lives).toMatchObject([{ partedAfter: 0 }, {}]);
  });

  test('a WELCOME about a chain that the disk no longer has is not listened to', () => {
    const one = withOldImage({ more: 3, own: 3 });
    const agreedHash = otherHash;
    one.welcome({ agreedSeq: 53, agreedHash });
    expect(one.edge.lives).toHaveLength(1);
    expect(one.edge.state.phase).toBe('greeting');
    one.edge.tick(20_000);
    one.talk();
    expect(isSettled(one.edge, one.cloud)).toBe(true);
    expect(one.edge.lives).toMatchObject([{ partedAfter: 50 }, {}]);
  });

  test('an older cloud that does not say what is shared: all that it did not acknowledge in this life of it is carried', () => {
    const { edge, cloud, welcome } = withOldImage({ more: 3, own: 3 });
    const old = { agreedSeq: undefined, agreedHash: undefined };
    welcome(old);
    expect(edge.lives).toMatchObject([{ partedAfter: 50 }, {}]);
    cloud.restore(cloud.disk);
    const again = withOldImage({ more: 3, own: 3 });
    again.cloud.restore(again.cloud.disk);
    again.welcome(old);
    expect(again.edge.lives).toMatchObject([{ partedAfter: 0 }, {}]);
  });

  test('a cloud that agrees with no life at all: after three sending stops, and nothing is lost', () => {
    const { edge, answers } = world({ weighed: 5 });
    edge.connect();
    for (let round = 0; round < 50; round += 1) {
      for (const answer of answers(edge.takeSent())) {
        const contrary = { upTo: 1, hash: otherHash, agreedSeq: undefined } as object;
        edge.hear(answer.type === 'welcome' ? { ...answer, ...contrary } : answer);
      }
      edge.tick(60_000);
    }
    expect(edge.state).toMatchObject({ phase: 'halted', trouble: { code: 'lives_without_end' } });
    expect(edge.lives).toHaveLength(4);
    expect(edge.present.rows.map(({ text }) => text)).toEqual(['c1', 'c2', 'c3', 'c4', 'c5']);
  });
});

describe('an entry that the cloud will not have', () => {
  const rejectOf = (edge: ModelEdge, seq = 3): DownMessage => ({
    ...chainOf(edge),
    type: 'reject',
    seq,
    code: 'bad_hash',
  });

  function rejected(times: number) {
    const one = streaming({ weighed: 5 });
    let said = 0;
    for (let second = 0; second < 3600 && said < times; second += 1) {
      if (batchesOf(one.edge.takeSent()).length > 0) {
        one.edge.hear(rejectOf(one.edge));
        // Said twice by a network that doubles.
        one.edge.hear(rejectOf(one.edge));
        said += 1;
      }
      one.edge.tick(1000);
    }
    expect(said).toBe(times);
    return one;
  }

  test('is offered later and later, and at the fifth refusal sending stops with an alarm; weighing goes on', () => {
    expect(rejected(4).edge.state.phase).toBe('streaming');
    const { edge } = rejected(5);
    expect(edge.alarms).toEqual(['entry_rejected']);
    expect(edge.state).toMatchObject({ phase: 'halted', trouble: { code: 'entry_rejected', seq: 3 } });
    edge.weigh('a');
    edge.tick(3_600_000);
    edge.react({ kind: 'broker_down' });
    edge.connect();
    expect(edge.takeSent()).toEqual([]);
    expect(edge.present.rows).toHaveLength(6);
  });

  test('other refusals in between do not count as the same', () => {
    const { edge } = rejected(4);
    while (batchesOf(edge.takeSent()).length === 0) edge.tick(1000);
    edge.hear(rejectOf(edge, 2));
    expect(edge.state).toMatchObject({ phase: 'streaming', rejected: { seq: 2, times: 1 } });
  });

  test('once a REHELLO says that it was seen to, everything is sent and the alarm is over', () => {
    const { edge, cloud, talk } = rejected(5);
    edge.hear({ v: 1, type: 'rehello', device: 'gate-1', spreadMs: 0 });
    edge.tick(20_000);
    talk();
    expect(isSettled(edge, cloud)).toBe(true);
    expect(edge.state.trouble).toBeNull();
  });
});

describe('the daily comparison', () => {
  const HOUR_MS = 3_600_000;

  /** The digest that is asked for within the hour after the first WELCOME. */
  function compared(weighed: number) {
    const one = settled({ weighed, rowsPerBatch: 50 });
    const nextDigest = (withinMs: number) => {
      for (let waited = 0; waited <= withinMs; waited += 60_000) {
        const digest = one.edge.sent.find((up) => up.type === 'digest');
        if (digest !== undefined) return digest;
        one.talk();
        one.edge.tick(60_000);
      }
      return undefined;
    };
    return { ...one, nextDigest };
  }

  test('of blocks of a thousand comes within an hour and then every day, and is kept when it agrees', () => {
    const { edge, talk, nextDigest } = compared(2300);
    expect(nextDigest(HOUR_MS)).toMatchObject({
      firstSeq: 1,
      blocks: [{ seq: 1000 }, { seq: 2000 }, { seq: 2300 }],
    });
    const at = edge.nowMs;
    talk();
    expect(edge.kept.at(-1)).toMatchObject({ kind: 'keep_match', matchedSeq: 2300 });
    expect(nextDigest(25 * HOUR_MS)).toBeDefined();
    expect(edge.nowMs - at).toBeGreaterThan(23 * HOUR_MS);
  });

  test('a block that differs raises an alarm, is sent again, and is compared again within the hour', () => {
    const { edge, cloud, talk, nextDigest } = compared(2300);
    const whole = cloud.disk;
    const { incarnation } = edge.present;
    const digest = nextDigest(HOUR_MS);
    if (digest?.type !== 'digest') throw new Error('no digest');
    edge.takeSent();
    const { epoch: cloudEpoch } = cloud.disk;
    const [first] = digest.blocks;
    edge.hear({
      ...chainOf(edge),
      type: 'digest_result',
      cloudEpoch,
      agreedSeq: 1000,
      agreedHash: first?.hash ?? '',
      differing: [{ from: 1001, to: 2000 }],
    });
    expect(edge.alarms).toEqual(['digest_differs']);
    expect(edge.kept.at(-1)).toMatchObject({ kind: 'keep_match', matchedSeq: 1000 });
    const again: number[][] = [];
    for (let second = 0; second < 60; second += 1) {
      const sent = edge.takeSent();
      again.push(...batchesOf(sent));
      for (const up of sent) edge.hear(cloud.answer(up));
      edge.tick(1000);
    }
    expect(again).toEqual(Array.from({ length: 20 }, (_, i) => [1001 + 50 * i, 1050 + 50 * i]));
    expect(cloud.disk.chains.get(incarnation)).toEqual(whole.chains.get(incarnation));
    expect(nextDigest(HOUR_MS + 120_000)).toBeDefined();
    expect(edge.state.trouble).toMatchObject({ code: 'digest_differs' });
    talk();
    expect(edge.state.trouble).toBeNull();
  });

  test('a result about a chain that the disk no longer has is not kept', () => {
    const { edge, cloud, nextDigest } = compared(10);
    nextDigest(HOUR_MS);
    edge.takeSent();
    const { epoch: cloudEpoch } = cloud.disk;
    const kept = edge.kept.length;
    const stale = { agreedSeq: 10, agreedHash: otherHash, differing: [] };
    edge.hear({ ...chainOf(edge), type: 'digest_result', cloudEpoch, ...stale });
    expect(edge.kept).toHaveLength(kept);
  });

  test('one that is not answered is given up after a minute and made again within the hour', () => {
    const { edge, nextDigest } = compared(10);
    expect(nextDigest(HOUR_MS)).toBeDefined();
    edge.takeSent();
    edge.tick(60_000);
    expect(edge.state.digest.awaiting).toBeNull();
    expect(nextDigest(HOUR_MS + 120_000)).toBeDefined();
  });

  test('every life is compared, a parted one as far as it is shared', () => {
    const { edge, talk, nextDigest } = compared(10);
    const image = edge.lives;
    edge.weigh('twin');
    talk();
    edge.putBack(image);
    edge.weigh('own');
    edge.connect();
    talk();
    expect(nextDigest(HOUR_MS)).toMatchObject({
      incarnation: edge.lives[0]?.incarnation,
      blocks: [{ seq: 10 }],
    });
    talk();
    expect(edge.kept.slice(-2)).toMatchObject([
      { kind: 'keep_match', incarnation: edge.lives[0]?.incarnation, matchedSeq: 10 },
      { kind: 'keep_match', incarnation: edge.present.incarnation, matchedSeq: 1 },
    ]);
    expect(edge.state.trouble).toBeNull();
  });
});
