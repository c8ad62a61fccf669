import { type Hello, MAX_MESSAGE_BYTES, readPayload, upMessageSchema } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import type { Store } from '../store/open-store.ts';
import { openTestStore, storeFolder } from '../store/store-folder.ts';
import { blockEnds, markSeqs } from './chain-marks.ts';
import { batchOf, digestOf, helloOf } from './say.ts';

const facts = {
  at: { wallMs: 1_791_186_720_000, bootId: 'boot-1', monoMs: 5, clock: 'rtc' },
  appVersion: '0.1.0',
  freeDiskBytes: 1e9,
  masterData: null,
} as const;

function setTares(store: Store, count: number): void {
  for (let tareG = 1; tareG <= count; tareG += 1) store.containerTares.setTare('C-1', tareG);
}

function helloFor(store: Store, at: number): Hello {
  const lives = store.lives.all();
  const life = lives.at(at);
  if (life === undefined) throw new Error(`no life ${at}`);
  return helloOf(store.identity, lives, life, { ...facts, publicKey: store.key.publicKey });
}

describe('a HELLO', () => {
  test('says who, what is held, with which clock, and some entries from the last to the first', () => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    setTares(store, 10);
    const hello = helloFor(store, -1);
    expect(hello).toMatchObject({
      incarnation: store.identity.incarnation,
      head: store.journal.head(),
      oldestSeq: 1,
      ...facts,
      publicKey: store.key.publicKey,
      lives: [{ incarnation: store.identity.incarnation, head: store.journal.head() }],
    });
    expect(hello.marks).toEqual([10, 9, 7, 3, 1].map((seq) => ({ seq, hash: store.journal.hashAt(seq) })));
    expect(hello).not.toHaveProperty('livingAs');
    expect(readPayload(upMessageSchema, Buffer.from(JSON.stringify(hello)))).toMatchObject({ ok: true });
  });

  test('of an empty journal is a HELLO too', () => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    const hello = helloFor(store, -1);
    expect(hello).toMatchObject({ head: { seq: 0 }, oldestSeq: 0, marks: [] });
    expect(readPayload(upMessageSchema, Buffer.from(JSON.stringify(hello)))).toMatchObject({ ok: true });
  });

  test('for a life that has parted offers it as far as it is shared, and names the present one', () => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    setTares(store, 5);
    const former = store.identity.incarnation;
    store.lives.part(former, 3);
    const hash = store.lives.all()[0]?.hashAt(3);
    expect(helloFor(store, 0)).toMatchObject({
      incarnation: former,
      livingAs: store.identity.incarnation,
      head: { seq: 3, hash },
      lives: [{ incarnation: former, head: { seq: 3, hash } }, { head: { seq: 2 } }],
    });
    expect(helloFor(store, -1)).toMatchObject({ parent: { incarnation: former, seq: 3 } });
  });

  test('for as many lives and entries as there may be fits into a message', () => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    setTares(store, 1);
    for (let life = 0; life < 70; life += 1) store.lives.part(store.identity.incarnation, 0);
    const bytes = Buffer.from(JSON.stringify(helloFor(store, -1)));
    expect(bytes.length).toBeLessThan(MAX_MESSAGE_BYTES);
    expect(readPayload(upMessageSchema, bytes)).toMatchObject({ ok: true });
  });
});

describe('a batch', () => {
  test('carries rows that follow the one before, and a trace named after its last fact', () => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    setTares(store, 3);
    const life = store.lives.all()[0];
    if (life === undefined) throw new Error('no life');
    const batch = batchOf('gate-1', life, 1, 50);
    expect(batch).toMatchObject({ from: 2, to: 3, previousHash: life.hashAt(1) });
    const { uuid } = JSON.parse(batch?.rows.at(-1)?.entry ?? '{}');
    expect(batch?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(batch?.traceparent).toContain(uuid.replaceAll('-', ''));
    expect(readPayload(upMessageSchema, Buffer.from(JSON.stringify(batch)))).toMatchObject({ ok: true });
    expect(batchOf('gate-1', life, 3, 50)).toBeUndefined();
  });
});

describe('marks and blocks', () => {
  test.each([
    [0, []],
    [1, [1]],
    [2, [2, 1]],
    [10, [10, 9, 7, 3, 1]],
  ])('the marks of a chain of %d', (lastSeq, seqs) => {
    expect(markSeqs(lastSeq)).toEqual(seqs);
  });

  test('a chain of a thousand million entries has no more marks than a HELLO may hold', () => {
    expect(markSeqs(1e9).length).toBeLessThanOrEqual(32);
    expect(markSeqs(1e9).at(-1)).toBe(1);
  });

  test('blocks end at every thousandth entry and at the last; of too many the latest are compared', () => {
    expect(blockEnds(2300)).toEqual({ firstSeq: 1, ends: [1000, 2000, 2300] });
    expect(blockEnds(1000)).toEqual({ firstSeq: 1, ends: [1000] });
    const many = blockEnds(1_002_500);
    expect(many.firstSeq).toBe(3001);
    expect(many.ends).toHaveLength(1000);
    expect([many.ends[0], many.ends.at(-1)]).toEqual([4000, 1_002_500]);
  });

  test('a digest reads the hashes of the journal', () => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    setTares(store, 3);
    const life = store.lives.all()[0];
    if (life === undefined) throw new Error('no life');
    expect(digestOf('gate-1', life, 3)).toMatchObject({ firstSeq: 1, blocks: [store.journal.head()] });
    expect(digestOf('gate-1', life, 4)).toBeUndefined();
  });
});
