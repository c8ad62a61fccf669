import {
  type Clock,
  type DownMessage,
  isoInstant,
  type MasterDataAsk,
  type MasterDataPage,
} from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { MasterDataFollowing } from '../store/follow-master-data.ts';
import type { Identity } from '../store/identity.ts';
import type { Journal } from '../store/journal.ts';
import type { HeldMasterData, MasterDataRows } from '../store/master-data-rows.ts';
import { StoreError } from '../store/store-error.ts';
import {
  askOf,
  initialMasterDataState,
  type MasterDataAction,
  type MasterDataEvent,
  reduceMasterData,
} from './master-data-state.ts';

/** What is known of the copy of the cloud's lists, for people to see. */
export interface MasterDataView {
  revision: number;
  /** When the cloud last said that this is the latest; null for never. */
  confirmedAt: string | null;
  /** Since then, by the wall clock; null for never. */
  ageMs: number | null;
  phase: 'away' | 'asking' | 'current';
}

/** Keeps the copy of the cloud's master data up to date over whatever connection there is. */
export interface MasterDataCopy {
  /** Something the cloud said; what is not about master data is passed over. */
  heard(message: DownMessage): void;
  disconnected(): void;
  /** Once a second or so. */
  tick(): void;
  view(): MasterDataView;
  held(): HeldMasterData;
}

export interface MasterDataCopyParts {
  clock: Clock;
  random: () => number;
  log: Logger;
  /** Hands a question to the broker; when that fails, it is asked again in time. */
  send: (ask: MasterDataAsk) => void;
  /** Called when it is not known whether something was stored: the process has to stop. */
  onFatal: (error: Error) => void;
}

/** Tares whose day has come are looked for this often. */
const FOLLOW_EVERY_MS = 60_000;

export function masterDataCopy(
  {
    identity,
    masterData,
    journal,
    masterDataFollowing,
  }: {
    identity: Identity;
    masterData: MasterDataRows;
    masterDataFollowing: MasterDataFollowing;
    journal: Pick<Journal, 'commit'>;
  },
  { clock, random, log, send, onFatal }: MasterDataCopyParts,
): MasterDataCopy {
  const before = masterData.held();
  let state = initialMasterDataState(before, before.loading);
  let followAtMs = 0;

  const moment = () => ({ nowMs: clock.monotonicMs(), chance: random() });

  function react(event: MasterDataEvent): void {
    const step = reduceMasterData(state, event);
    if (step.state.phase !== state.phase) {
      log.info({ phase: step.state.phase, revision: step.state.held.revision }, 'master_data.phase');
    }
    state = step.state;
    for (const action of step.actions) perform(action);
  }

  function perform(action: MasterDataAction): void {
    switch (action.kind) {
      case 'ask':
        send(askOf(state, identity));
        return;
      case 'take': {
        const outcome = take(action.page);
        const { loading, ...held } = masterData.held();
        react({ kind: 'taken', page: action.page, outcome, held, loading, ...moment() });
        return;
      }
      case 'forget_loading':
        stored(() => masterData.forgetLoading());
        return;
      case 'confirm':
        // By our own clock, which the age is told with.
        stored(() => masterData.confirm(isoInstant(clock.now())));
        return;
      case 'alarm': {
        const { snapshot, from, to } = action.page;
        const at = { snapshot, from, to, held: state.held.revision };
        if (action.code === 'digest_differs') log.error(at, 'master_data.digest_differs');
        else log.warn(at, 'master_data.page_refused');
        return;
      }
    }
  }

  function take(page: MasterDataPage): 'taken' | 'digest_differs' | 'not_stored' {
    const follow = () => {
      const kept = masterDataFollowing.followRows(clock.now());
      if (kept.length > 0) log.warn({ names: kept }, 'master_data.operator_names_taken');
    };
    return stored(() => masterData.take(page, follow)) ?? 'not_stored';
  }

  /** Nothing that goes wrong with the copy is a reason to stop weighing, unless nobody knows what was stored. */
  function stored<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      log.error({ err: error }, 'master_data.not_stored');
      if (error.code !== 'store_full') onFatal(error);
      return undefined;
    }
  }

  return {
    heard: (message) => {
      if (message.type === 'welcome')
        react({ kind: 'welcomed', revision: message.masterDataRevision, ...moment() });
      else if (message.type === 'md_nudge')
        react({ kind: 'nudged', revision: message.revision, ...moment() });
      else if (message.type === 'md_page') react({ kind: 'page', page: message, ...moment() });
    },
    disconnected: () => react({ kind: 'disconnected', ...moment() }),
    tick: () => {
      react({ kind: 'tick', ...moment() });
      const nowMs = clock.monotonicMs();
      if (nowMs < followAtMs) return;
      const more = stored(() => journal.commit(() => masterDataFollowing.followTime(clock.now()))) ?? false;
      followAtMs = more ? nowMs : nowMs + FOLLOW_EVERY_MS;
    },
    view: () => {
      const { revision, confirmedAt } = masterData.held();
      const ageMs = confirmedAt === null ? null : Math.max(0, clock.now() - Date.parse(confirmedAt));
      return { revision, confirmedAt, ageMs, phase: state.phase };
    },
    held: () => masterData.held(),
  };
}
