import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { openTestStore, storeFolder } from '../store/store-folder.ts';
import { pinCheck } from './pin-check.ts';
import { pinVerifier } from './pin-verifier.ts';

const verifier = pinVerifier('p'.repeat(43));
const right = '271828';
const wrong = '161803';

/** A kiosk whose plug can be pulled: the database stays, the process does not. */
async function kioskWithPlug() {
  const folder = storeFolder();
  const clock = virtualClock();
  let store = openTestStore(folder.dataDir, clock);
  const operator = store.operators.add({
    name: 'Dana',
    role: 'weigher',
    verifier: await verifier.verifierOf(right),
  });
  if (operator === 'name_taken') throw new Error('a new store has no operators');
  let pins = pinCheck(store.operators, verifier, clock);
  let dying = pins;
  return {
    clock,
    try: (pin: string, name = 'Dana') => pins.check(name, pin),
    failures: () => store.operators.named('Dana')?.failures,
    kinds: () => store.journal.rowsAfter(0, 100, 1e6).map(({ entry }) => JSON.parse(entry).kind),
    unblock: () => store.operators.unblock(operator.operatorId, 'Yossi'),
    /** Begins a comparison and pulls the plug before its outcome can be written. */
    pullPlugAfter(pin: string) {
      void dying.check('Dana', pin);
      this.restart();
    },
    restart() {
      store[Symbol.dispose]();
      store = openTestStore(folder.dataDir, clock);
      pins = pinCheck(store.operators, verifier, clock);
      const withoutOutcome = { ...store.operators, clearFailures: () => undefined, block: () => undefined };
      dying = pinCheck(withoutOutcome, verifier, clock);
    },
    [Symbol.dispose]: () => {
      store[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

test('the right PIN lets in, however the name is written, and a name nobody has does not', async () => {
  using kiosk = await kioskWithPlug();
  expect(await kiosk.try(right, 'dANA')).toMatchObject({ kind: 'right', operator: { name: 'Dana' } });
  expect(kiosk.failures()).toBe(0);
  expect(await kiosk.try(right, 'Noa')).toEqual({ kind: 'wrong' });
});

test('after each wrong PIN the next try waits 1, 2, 4 ... 60 s, and after ten the operator is blocked', async () => {
  using kiosk = await kioskWithPlug();
  for (const delayS of [1, 2, 4, 8, 16, 32, 60, 60, 60]) {
    expect(await kiosk.try(wrong)).toEqual({ kind: 'wrong' });
    await kiosk.clock.advance(delayS * 1000 - 1);
    expect(await kiosk.try(right)).toEqual({ kind: 'wait', waitMs: 1 });
    await kiosk.clock.advance(1);
  }
  expect(await kiosk.try(wrong)).toEqual({ kind: 'blocked' });
  await kiosk.clock.advance(3_600_000);
  expect(await kiosk.try(right)).toEqual({ kind: 'blocked' });
  expect(kiosk.kinds()).toEqual(['operator.added', 'operator.blocked']);
  kiosk.restart();
  expect(await kiosk.try(right)).toEqual({ kind: 'blocked' });
  kiosk.unblock();
  expect(await kiosk.try(right)).toMatchObject({ kind: 'right' });
  expect(kiosk.kinds()).toEqual(['operator.added', 'operator.blocked', 'operator.unblocked']);
});

test('a right PIN ends the count', async () => {
  using kiosk = await kioskWithPlug();
  for (let day = 0; day < 12; day += 1) {
    expect(await kiosk.try(wrong)).toEqual({ kind: 'wrong' });
    await kiosk.clock.advance(1000);
    expect(await kiosk.try(right)).toMatchObject({ kind: 'right' });
  }
});

test('pulling the plug after each try gains nothing: the try counts, the wait begins anew, ten block (K01)', async () => {
  using kiosk = await kioskWithPlug();
  kiosk.restart();
  for (let tries = 1; tries <= 10; tries += 1) {
    kiosk.pullPlugAfter(wrong);
    expect(kiosk.failures()).toBe(tries);
    if (tries < 10) expect(await kiosk.try(right)).toMatchObject({ kind: 'wait' });
    await kiosk.clock.advance(60_000);
  }
  expect(await kiosk.try(right)).toEqual({ kind: 'blocked' });
  expect(kiosk.kinds()).toContain('operator.blocked');
});

test('two tries at once are one try and a wait', async () => {
  using kiosk = await kioskWithPlug();
  const outcomes = await Promise.all([kiosk.try(wrong), kiosk.try(right)]);
  expect(outcomes).toEqual([{ kind: 'wrong' }, { kind: 'wait', waitMs: 1000 }]);
});

test('from the database alone a PIN cannot be found: the verifier needs the key beside it', async () => {
  const kept = await verifier.verifierOf(right);
  expect(kept).toMatch(/^\$argon2id\$/);
  const operator = { verifier: kept, origin: 'local' } as const;
  expect(await verifier.matches(operator, right)).toBe(true);
  expect(await pinVerifier('q'.repeat(43)).matches(operator, right)).toBe(false);
});
