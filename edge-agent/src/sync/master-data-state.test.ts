import { emptyMasterDataDigest, type MasterDataPage, type Uuid } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import {
  askOf,
  initialMasterDataState,
  type MasterDataEvent,
  type MasterDataState,
  reduceMasterData,
} from './master-data-state.ts';

const epoch = '01a10a36-67d2-70aa-bb66-ae528194f836' as Uuid;
const otherEpoch = '01a10a36-67d2-70aa-bb66-ae528194f837' as Uuid;
const digest = 'a'.repeat(64);
const held = { cloudEpoch: epoch, revision: 5, digest };
const at = (nowMs: number) => ({ nowMs, chance: 0.5 });

function run(state: MasterDataState, ...events: MasterDataEvent[]) {
  let actions: string[] = [];
  for (const event of events) {
    const step = reduceMasterData(state, event);
    state = step.state;
    actions = step.actions.map((action) => ('code' in action ? action.code : action.kind));
  }
  return { state, actions };
}
const page = (changes: Partial<MasterDataPage>): MasterDataPage => ({
  v: 1,
  type: 'md_page',
  device: 'gate-1',
  cloudEpoch: epoch,
  snapshot: null,
  from: 5,
  to: 6,
  rows: [],
  last: true,
  digest,
  asOf: '2026-01-01T00:00:00.000Z',
  ...changes,
});
const got = (changes: Partial<MasterDataPage>): MasterDataEvent => ({
  kind: 'page',
  page: page(changes),
  ...at(0),
});
const asking = run(initialMasterDataState(held, null), { kind: 'welcomed', revision: 6, ...at(0) }).state;
const taken = (
  changes: Partial<MasterDataPage>,
  now: Partial<Extract<MasterDataEvent, { kind: 'taken' }>> = {},
): MasterDataEvent => ({
  kind: 'taken',
  page: page(changes),
  outcome: 'taken',
  held: { ...held, revision: 6 },
  loading: null,
  ...at(0),
  ...now,
});

test('it asks at every welcome, also when the revision is the one held, and not a cloud without master data', () => {
  const fresh = initialMasterDataState(held, null);
  expect(run(fresh, { kind: 'welcomed', revision: 5, ...at(0) }).actions).toEqual(['ask']);
  expect(run(fresh, { kind: 'welcomed', revision: null, ...at(0) })).toMatchObject({
    actions: [],
    state: { phase: 'away' },
  });
});

test('the last page of changes confirms what is held; an earlier one asks for the next', () => {
  expect(run(asking, got({}), taken({}))).toMatchObject({
    actions: ['confirm'],
    state: { phase: 'current' },
  });
  expect(run(asking, got({ last: false }), taken({ last: false })).actions).toEqual(['ask']);
  const offered = run(asking, { kind: 'nudged', revision: 9, ...at(0) }).state;
  expect(run(offered, taken({})).actions).toEqual(['ask']);
});

test.each([
  ['from before what is held', { from: 4 }],
  ['with a gap before it', { from: 6, to: 7 }],
  ['of another life of the cloud', { cloudEpoch: otherEpoch }],
  ['of a snapshot that began elsewhere', { snapshot: 9, from: 3, to: 9 }],
  ['of a snapshot of this life that is older than what is held', { snapshot: 4, from: 0, to: 4 }],
])('F17: a page %s is refused whole', (_, changes) => {
  expect(run(asking, got(changes)).actions).toEqual(['page_refused']);
});

test('pages of a snapshot follow one another: one twice, or one left out, is refused', () => {
  const loading = { cloudEpoch: epoch, revision: 9, after: 3 };
  const state = { ...asking, loading };
  expect(run(state, got({ snapshot: 9, from: 3, to: 6 })).actions).toEqual(['take']);
  expect(run(state, got({ snapshot: 9, from: 0, to: 3 })).actions).toEqual(['page_refused']);
  expect(run(state, got({ snapshot: 9, from: 6, to: 9 })).actions).toEqual(['page_refused']);
  expect(run(state, got({})).actions).toEqual(['page_refused']);
  // A cloud that cannot go on with it begins another.
  expect(run(state, got({ snapshot: 11, from: 0, to: 4 })).actions).toEqual(['take']);
  expect(askOf(state, { device: 'gate-1', site: 'DEMO' }).snapshot).toEqual(loading);
});

test('after a digest that differs only a snapshot will do, and it is asked for later, not at once', () => {
  const { state, actions } = run(asking, taken({}, { outcome: 'digest_differs', held }));
  expect(actions).toEqual(['forget_loading', 'digest_differs']);
  expect(askOf(state, { device: 'gate-1', site: 'DEMO' })).toMatchObject({
    cloudEpoch: null,
    since: 0,
    digest: emptyMasterDataDigest,
  });
  expect(run(state, { kind: 'tick', ...at(9_999) }).actions).toEqual([]);
  const again = run(state, { kind: 'tick', ...at(10_000) });
  expect(again.actions).toEqual(['ask']);
  expect(run(again.state, got({})).actions, 'changes on top of what is not trusted').toEqual([
    'page_refused',
  ]);
  const whole = run(again.state, got({ snapshot: 6, from: 0 }), taken({ snapshot: 6, from: 0 }));
  expect(whole).toMatchObject({ actions: ['ask'], state: { distrusted: false } });
});

test('a question nobody answers is asked again later and later, until the connection is gone', () => {
  let state = asking;
  const asked: number[] = [];
  for (let nowMs = 0; nowMs <= 1_000_000; nowMs += 1_000) {
    const step = reduceMasterData(state, { kind: 'tick', ...at(nowMs) });
    state = step.state;
    if (step.actions.length > 0) asked.push(nowMs);
  }
  expect(asked).toEqual([10_000, 30_000, 70_000, 150_000, 310_000, 610_000, 910_000]);
  const away = run(state, { kind: 'disconnected', ...at(0) }).state;
  expect(run(away, { kind: 'tick', ...at(1e9) }).actions).toEqual([]);
  expect(run(away, got({})).actions).toEqual([]);
});

test('devices that are all told of a change at once ask one after the other', () => {
  const current = run(asking, taken({})).state;
  const nudged = run(current, { kind: 'nudged', revision: 7, nowMs: 0, chance: 0.9 });
  expect(nudged.actions).toEqual([]);
  expect(run(nudged.state, { kind: 'tick', ...at(2_600) }).actions).toEqual([]);
  expect(run(nudged.state, { kind: 'tick', ...at(2_700) }).actions).toEqual(['ask']);
  expect(run(current, { kind: 'nudged', revision: 6, ...at(0) }).state).toEqual(current);
});
