import { expect, test } from 'vitest';
import { joinedBatch } from './join-batches.ts';
import { TestChain } from './test-chain.ts';

function chainOf(entries: number): TestChain {
  const chain = new TestChain();
  for (let i = 0; i < entries; i += 1) {
    chain.add({ kind: 'container_tare.set', body: { container: `C${i}`, tareG: 1000, previousTareG: null } });
  }
  return chain;
}

test('batches that follow each other are one batch', () => {
  const chain = chainOf(6);
  expect(joinedBatch([chain.batch(1, 2), chain.batch(3, 3), chain.batch(4, 6)])).toEqual(chain.batch(1, 6));
});

test('with a gap, a repeat, another order, another chain or another hash between them they are none', () => {
  const chain = chainOf(6);
  const other = chainOf(6);
  for (const batches of [
    [chain.batch(1, 2), chain.batch(4, 6)],
    [chain.batch(1, 2), chain.batch(2, 3)],
    [chain.batch(3, 4), chain.batch(1, 2)],
    [chain.batch(1, 2), other.batch(3, 4)],
    [chain.batch(1, 2), { ...chain.batch(3, 4), device: 'another' }],
    [chain.batch(1, 2), { ...chain.batch(3, 4), previousHash: 'f'.repeat(64) }],
    [chain.batch(1, 2)],
    [],
  ]) {
    expect(joinedBatch(batches)).toBeUndefined();
  }
});
