import { emptyMasterDataDigest, type MasterDataAsk, type MasterDataPage } from '@weighgate/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { askQueue } from './ask-queue.ts';

const log = pino({ level: 'silent' });
const askOf = (device: string, since = 0): MasterDataAsk => ({
  v: 1,
  type: 'md_ask',
  device,
  site: 'DEMO',
  cloudEpoch: null,
  since,
  digest: emptyMasterDataDigest,
  snapshot: null,
});

/** A queue whose answers come when they are let go. */
function heldQueue() {
  const begun: { ask: MasterDataAsk; letGo: (failure?: Error) => void }[] = [];
  const answered: string[] = [];
  const queue = askQueue((ask) => {
    const { promise, resolve, reject } = Promise.withResolvers<MasterDataPage>();
    const page = { device: ask.device, from: ask.since } as MasterDataPage;
    begun.push({ ask, letGo: (failure) => (failure === undefined ? resolve(page) : reject(failure)) });
    return promise;
  }, log);
  const take = (ask: MasterDataAsk) =>
    queue.take(ask, ({ device, from }) => void answered.push(`${device} ${from}`));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { begun, answered, take, settle };
}

test('two questions are answered at a time, and of a device that waits only the latest counts', async () => {
  const { begun, answered, take, settle } = heldQueue();
  for (const device of ['a', 'b', 'c', 'd']) take(askOf(device));
  take(askOf('c', 7));
  expect(begun.map(({ ask }) => ask.device)).toEqual(['a', 'b']);
  for (let one = 0; one < 4; one += 1) {
    begun[one]?.letGo();
    await settle();
  }
  expect(answered).toEqual(['a 0', 'b 0', 'c 7', 'd 0']);
});

test('a question that cannot be answered holds up no other', async () => {
  const { begun, answered, take, settle } = heldQueue();
  for (const device of ['a', 'b', 'c']) take(askOf(device));
  begun[0]?.letGo(new Error('the database is away'));
  await settle();
  begun[2]?.letGo();
  await settle();
  expect(answered).toEqual(['c 0']);
});

test('more questions than can wait are let go: their devices ask again', () => {
  const { take, begun } = heldQueue();
  for (let n = 0; n < 6_000; n += 1) take(askOf(`gate-${n}`));
  expect(begun).toHaveLength(2);
});
