import { chainHash } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { emptyPosition, planBatch } from './plan-batch.ts';
import { TestChain, visitEntries } from './test-chain.ts';

function chainOfVisits(visits: number): TestChain {
  const chain = new TestChain();
  for (let i = 0; i < visits; i += 1) {
    const weighedOutAt = '2026-05-31T11:00:00.000Z';
    const { opened, closed } = visitEntries({
      truck: `T${i}`,
      produce: 'orange',
      inKg: 15_000,
      outKg: 8_000,
      weighedOutAt,
    });
    chain.add(opened);
    chain.add(closed);
  }
  return chain;
}

const knownOf = (chain: TestChain, upTo: number) =>
  new Map(chain.rows.slice(0, upTo).map(({ seq, hash }) => [seq, hash]));
const positionOf = (chain: TestChain, upTo: number) => ({
  contiguousSeq: upTo,
  headHash: chain.headHash(upTo),
});

test('the first batch of a chain is stored whole', () => {
  const chain = chainOfVisits(2);
  const plan = planBatch(emptyPosition(chain.device, chain.incarnation), chain.batch(), new Map());
  expect(plan).toMatchObject({ kind: 'store', rows: [{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 4 }] });
});

test('a batch that leaves a gap is asked for from the first missing entry', () => {
  const chain = chainOfVisits(3);
  expect(planBatch(positionOf(chain, 2), chain.batch(4, 6), new Map())).toEqual({ kind: 'need', from: 3 });
});

test('of a batch that overlaps what is stored only the new entries are stored', () => {
  const chain = chainOfVisits(3);
  const plan = planBatch(positionOf(chain, 4), chain.batch(2, 6), knownOf(chain, 4));
  expect(plan).toMatchObject({ kind: 'store', rows: [{ seq: 5 }, { seq: 6 }] });
});

test('a batch of nothing new stores nothing', () => {
  const chain = chainOfVisits(2);
  expect(planBatch(positionOf(chain, 4), chain.batch(1, 3), knownOf(chain, 4))).toEqual({
    kind: 'store',
    rows: [],
  });
});

test('another entry at a stored seq is a fork, with every row that came after it', () => {
  const chain = chainOfVisits(2);
  const known = knownOf(chain, 4);
  const position = positionOf(chain, 4);
  const other = new TestChain(chain.device, chain.incarnation);
  other.rows.push(...chain.rows.slice(0, 2));
  other.add({ kind: 'test.other', body: 1 });
  other.add({ kind: 'test.other', body: 2 });
  const plan = planBatch(position, other.batch(), known);
  expect(plan).toMatchObject({
    kind: 'fork',
    seq: 3,
    cloudHash: chain.rows[2]?.hash,
    rows: [{ seq: 3 }, { seq: 4 }],
  });
});

test('new entries on another past than the stored one are a fork where the two pasts meet', () => {
  const chain = chainOfVisits(2);
  const other = new TestChain(chain.device, chain.incarnation);
  for (let i = 0; i < 5; i += 1) other.add({ kind: 'test.other', body: i });
  const plan = planBatch(positionOf(chain, 4), other.batch(5, 5), knownOf(chain, 4));
  expect(plan).toMatchObject({ kind: 'fork', seq: 4, cloudHash: chain.headHash(4), rows: [{ seq: 5 }] });
});

test('a text that was changed after it was hashed is rejected by its hash', () => {
  const chain = chainOfVisits(1);
  const batch = chain.batch();
  const [first, second] = batch.rows;
  const changed = { ...second, entry: second?.entry.replace('15000000', '16000000') };
  const plan = planBatch(
    emptyPosition(chain.device, chain.incarnation),
    { ...batch, rows: [first, changed] as typeof batch.rows },
    new Map(),
  );
  expect(plan).toMatchObject({ kind: 'reject', seq: 2, code: 'bad_hash' });
});

test('a first entry that does not follow from the birth of its chain is rejected', () => {
  const chain = chainOfVisits(1);
  const batch = { ...chain.batch(), previousHash: '0'.repeat(64) };
  expect(planBatch(emptyPosition(chain.device, chain.incarnation), batch, new Map())).toMatchObject({
    kind: 'reject',
    code: 'bad_hash',
  });
});

test('an entry of another device, and one that says another seq, are rejected although their hashes are right', () => {
  for (const [header, code] of [
    [{ device: 'gate-2' }, 'wrong_device'],
    [{ seq: 7 }, 'bad_entry'],
  ] as const) {
    const chain = new TestChain();
    chain.add({ kind: 'test.any', body: null }, header);
    const plan = planBatch(emptyPosition(chain.device, chain.incarnation), chain.batch(), new Map());
    expect(plan).toMatchObject({ kind: 'reject', seq: 1, code });
  }
});

test('text that is no entry is rejected; a kind nobody knows is stored', () => {
  const chain = new TestChain();
  chain.add({ kind: 'crane.turned', body: { degrees: 90 } });
  const empty = emptyPosition(chain.device, chain.incarnation);
  expect(planBatch(empty, chain.batch(), new Map())).toMatchObject({
    kind: 'store',
    rows: [{ reading: { kind: 'unknown' } }],
  });
  chain.addText('{"v":1}');
  expect(planBatch(empty, chain.batch(), new Map())).toMatchObject({
    kind: 'reject',
    seq: 2,
    code: 'bad_entry',
  });
  expect(chain.rows[1]?.hash).toBe(chainHash(chain.headHash(1), '{"v":1}'));
});
