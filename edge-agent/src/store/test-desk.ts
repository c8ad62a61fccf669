import { idMaker } from '@weighgate/protocol';
import { type VirtualClock, virtualClock } from '../line/virtual-clock.ts';
import { type DeskRules, defaultDeskRules } from '../weighing/desk-rules.ts';
import { defaultMasterDataRules } from '../weighing/master-data-book.ts';
import { quietScale } from '../weighing/quiet-scale.ts';
import { sessionDesk, type WeighOutcome, type WeighRequest } from '../weighing/session-desk.ts';
import { type VoidOutcome, type VoidRequest, voidSession } from '../weighing/void-session.ts';
import { openMasterDataBook } from './master-data-book.ts';
import { openTestStore } from './store-folder.ts';

/** A desk for tests, over a real store and one quiet scale. */
export function openDesk(
  dataDir: string,
  clock: VirtualClock = virtualClock(),
  changes: { rules?: Partial<DeskRules>; random?: () => number } = {},
) {
  const store = openTestStore(dataDir, clock);
  const scale = quietScale(clock, store.registeredLoads.isRegistered('north'));
  scale.deck.onRegisteredChange((registered) => {
    if (!registered) store.registeredLoads.clear('north');
  });
  const makeId = idMaker(clock);
  const desk = sessionDesk([scale], store.weighings, {
    clock,
    makeId,
    trucks: store.trucks,
    masterData: openMasterDataBook(store.masterData, clock, defaultMasterDataRules.taresStaleAfterDays),
    rules: { ...defaultDeskRules, ...changes.rules },
    ...(changes.random === undefined ? {} : { random: changes.random }),
  });
  const weigh = (request: Partial<WeighRequest>): WeighOutcome =>
    desk.weigh({
      direction: 'in',
      scaleId: null,
      truck: '77-421-03',
      produce: 'orange',
      containers: [],
      idempotency: null,
      ...request,
    });
  return {
    store,
    scale,
    weigh,
    /** A truck of this weight drives on and is weighed; the deck is empty again afterwards. */
    async drive(kg: number, request: Partial<WeighRequest>): Promise<WeighOutcome> {
      await scale.show(kg);
      const outcome = weigh(request);
      await scale.show(0);
      return outcome;
    },
    voids: (sessionId: string, request: Partial<VoidRequest> = {}): VoidOutcome =>
      voidSession(
        { sessionId, reason: 'wrong plate', by: 'Dana', secondBy: 'Avi', clone: null, ...request },
        store.voids,
        makeId,
      ),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

/** The code of a refusal, or what happened instead. */
export const codeOf = (outcome: WeighOutcome | VoidOutcome) =>
  outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;

/** The body of a recorded weighing's entry; throws with the code of a refusal. */
export function bodyOf(outcome: WeighOutcome) {
  if (outcome.kind !== 'recorded') throw new Error(codeOf(outcome));
  return outcome.entry.body;
}
