import type { Hello } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { type HelloFacts, planHello } from './plan-hello.ts';
import { TestChain } from './test-chain.ts';

/** A chain of `entries` entries and a HELLO from it, said at `monoMs` of a boot. */
function greetingOf(entries: number, bootId = 'boot-1', monoMs = 50_000) {
  const chain = new TestChain();
  for (let i = 0; i < entries; i += 1) chain.add({ kind: 'test.any', body: i });
  const hello = chain.hello();
  return { chain, hello: { ...hello, at: { ...hello.at, bootId, monoMs } } satisfies Hello };
}

/** What is stored of the first `upTo` entries of the chain, and nothing else known of the device. */
const factsOf = (chain: TestChain, upTo: number, changes: Partial<HelloFacts> = {}): HelloFacts => ({
  position: { contiguousSeq: upTo, headHash: chain.headHash(upTo) },
  hashAtItsHead: chain.rows.length <= upTo ? chain.headHash() : undefined,
  lastEntryAt: { wallMs: 0, bootId: 'boot-1', monoMs: 1_000, clock: 'synced' },
  boots: [],
  lastIncarnation: undefined,
  publicKeys: [],
  ...changes,
});

test('a device that has more than is stored, or the same, is welcome and nobody is called', () => {
  const { chain, hello } = greetingOf(5);
  for (const upTo of [0, 3, 5]) {
    expect(planHello(hello, factsOf(chain, upTo))).toEqual({
      answer: { type: 'welcome' },
      isStale: false,
      alarms: [],
      quarantine: null,
    });
  }
});

test('a head with another hash than the stored one is a fork', () => {
  const { chain, hello } = greetingOf(5);
  const other = new TestChain(chain.device, chain.incarnation);
  for (let i = 0; i < 6; i += 1) other.add({ kind: 'test.other', body: i });
  const plan = planHello(hello, factsOf(other, 6, { hashAtItsHead: other.headHash(5) }));
  expect(plan.answer).toEqual({ type: 'fork', seq: 5, cloudHash: other.headHash(5) });
  expect(plan.alarms).toMatchObject([{ code: 'fork', seq: 5 }]);
});

test('a device that holds less of its chain than is stored runs an older image, and somebody is told', () => {
  const { chain, hello } = greetingOf(3, 'boot-2');
  const full = new TestChain(chain.device, chain.incarnation);
  full.rows.push(...chain.rows);
  for (let i = 0; i < 4; i += 1) full.add({ kind: 'test.any', body: i });
  const facts = factsOf(full, 7, { hashAtItsHead: chain.headHash() });
  expect(planHello(hello, facts).alarms).toMatchObject([{ code: 'device_behind', seq: 3 }]);
  // For a former life nothing is expected of it.
  const former = { ...hello, livingAs: new TestChain().incarnation };
  expect(planHello(former, facts).alarms).toEqual([]);
});

test('a HELLO that was said before the last stored entry was made, and came late, accuses nobody', () => {
  const { chain, hello } = greetingOf(3, 'boot-1', 500);
  const plan = planHello(
    hello,
    factsOf(chain, 3, { position: { contiguousSeq: 7, headHash: 'f'.repeat(64) } }),
  );
  expect(plan.alarms).toEqual([]);
});

test('a boot that speaks again after a later boot means two machines: no command may be sent', () => {
  const { chain, hello } = greetingOf(2, 'boot-1', 50_000);
  const boots = [
    { bootId: 'boot-2', monoMs: 10, isNewest: true },
    { bootId: 'boot-1', monoMs: 40_000, isNewest: false },
  ];
  const plan = planHello(hello, factsOf(chain, 2, { boots }));
  expect(plan.alarms).toMatchObject([{ code: 'duplicate_device' }]);
  expect(plan.quarantine).toContain('two machines');
  const newest = { ...hello, at: { ...hello.at, bootId: 'boot-2', monoMs: 20 } };
  expect(planHello(newest, factsOf(chain, 2, { boots })).quarantine).toBeNull();
});

test('an old HELLO delivered again is answered, but says nothing new of its device', () => {
  const { chain, hello } = greetingOf(2, 'boot-1', 30_000);
  const boots = [
    { bootId: 'boot-2', monoMs: 10, isNewest: true },
    { bootId: 'boot-1', monoMs: 40_000, isNewest: false },
  ];
  expect(planHello(hello, factsOf(chain, 2, { boots }))).toEqual({
    answer: { type: 'welcome' },
    isStale: true,
    alarms: [],
    quarantine: null,
  });
});

test('a chain that another had replaced and that goes on again is told', () => {
  const { chain, hello } = greetingOf(4, 'boot-3');
  const lastIncarnation = new TestChain().incarnation;
  expect(planHello(hello, factsOf(chain, 4, { lastIncarnation })).alarms).toMatchObject([
    { code: 'chain_returned' },
  ]);
  // A new life is none of that: nothing of it is stored yet.
  expect(planHello(hello, factsOf(chain, 0, { lastIncarnation })).alarms).toEqual([]);
});

test('a device that says it signs with a key nobody enrolled is told; without any on file nothing can be said', () => {
  const { chain, hello } = greetingOf(1);
  const [own, other] = ['A'.repeat(43), 'B'.repeat(43)];
  const saying = { ...hello, publicKey: other };
  expect(planHello(saying, factsOf(chain, 1, { publicKeys: [own] })).alarms).toMatchObject([
    { code: 'unknown_key' },
  ]);
  expect(planHello(saying, factsOf(chain, 1, { publicKeys: [own, other] })).alarms).toEqual([]);
  expect(planHello(saying, factsOf(chain, 1)).alarms).toEqual([]);
});
