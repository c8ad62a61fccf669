import type { SettingsReport } from '@weighgate/protocol';
import {
  type RemoteSettings,
  remoteSettingsSchema,
  settingsChangedBody,
  settingsVersionSchema,
} from '@weighgate/protocol';
import { z } from 'zod';

/** Reports that wait for the journal; each start of the agent puts them there before it makes another. */
const MAX_OWED = 20;

const versionedSchema = z.strictObject({ version: settingsVersionSchema, settings: remoteSettingsSchema });

const changesSchema = settingsChangedBody.shape.changes;
/** Old and new values, as JSON text. */
export type SettingChanges = z.infer<typeof changesSchema>;

/** What the agent keeps of the settings that come from the cloud. */
export const settingsStateSchema = z.strictObject({
  v: z.literal(1),
  /** The highest version that was ever judged here; none is judged twice, and none that is older. */
  newest: settingsVersionSchema,
  /** The last that held. */
  good: versionedSchema,
  /** One that has to prove itself. Once begun, whatever ends the agent ends the trial: see {@link reduceSettings}. */
  trial: versionedSchema
    .extend({
      begun: z.boolean(),
      changes: changesSchema,
      /** What was well when it came, and has to be well again. */
      expected: z.array(z.string().max(60)).max(40),
    })
    .nullable(),
  /** What the journal is not yet known to hold, oldest first. */
  owed: z.array(settingsChangedBody).max(MAX_OWED),
});
export type SettingsState = z.infer<typeof settingsStateSchema>;

export const noSettings: SettingsState = {
  v: 1,
  newest: 0,
  good: { version: 0, settings: {} },
  trial: null,
  owed: [],
};

/** What an order was found to be. */
export type SettingsVerdict =
  | { kind: 'good'; settings: RemoteSettings; changes: SettingChanges; expected: string[] }
  | { kind: 'refused'; why: string };

export type SettingsEvent =
  | { kind: 'ordered'; version: number; verdict: SettingsVerdict }
  /** The agent comes up, in a new process or in this one. */
  | { kind: 'started' }
  /** All that has to be well was well until the end of the trial. */
  | { kind: 'healthy' }
  | { kind: 'unhealthy'; why: string }
  /** The journal holds the first `count` of what is owed. */
  | { kind: 'reported'; count: number };

export type SettingsAction =
  /** Close the agent and open it again, when no truck is in the way of it. */
  | { kind: 'restart' }
  /** An order is older than one that was judged: leave an entry that it was refused. */
  | { kind: 'refuse_old'; version: number };

export interface SettingsStep {
  state: SettingsState;
  actions: SettingsAction[];
}

export type SettingsPhase = 'resting' | 'waiting' | 'trying';

/** `waiting`: an order was found good, and the agent has not been opened with it yet. */
export function settingsPhaseOf({ trial }: SettingsState): SettingsPhase {
  if (trial === null) return 'resting';
  return trial.begun ? 'trying' : 'waiting';
}

/** The settings that are in force when the agent is opened now. */
export function settingsInForce({ good, trial }: SettingsState): RemoteSettings {
  return trial?.settings ?? good.settings;
}

/**
 * One step. A trial begins with the first start after the order; a second start within it means that the process ended
 * meanwhile, for whatever reason, and what held before is in force again.
 */
export function reduceSettings(state: SettingsState, event: SettingsEvent): SettingsStep {
  switch (event.kind) {
    case 'ordered':
      return ordered(state, event);
    case 'started':
      return started(state);
    case 'healthy':
      return settingsPhaseOf(state) === 'trying' ? confirm(state) : stay(state);
    case 'unhealthy':
      return settingsPhaseOf(state) === 'trying'
        ? rollBack(state, event.why, [{ kind: 'restart' }])
        : stay(state);
    case 'reported':
      return stay({ ...state, owed: state.owed.slice(event.count) });
  }
}

const stay = (state: SettingsState): SettingsStep => ({ state, actions: [] });

function ordered(
  state: SettingsState,
  { version, verdict }: Extract<SettingsEvent, { kind: 'ordered' }>,
): SettingsStep {
  if (version < state.newest) return { state, actions: [{ kind: 'refuse_old', version }] };
  // Judged already, or one is under way: the cloud asks again until it has been told.
  if (version === state.newest || state.trial !== null) return stay(state);
  const seen = { ...state, newest: version };
  if (verdict.kind === 'refused') {
    return stay(owe(seen, { version, outcome: 'refused', detail: verdict.why.slice(0, 500), changes: [] }));
  }
  const { settings, changes, expected } = verdict;
  if (changes.length === 0) {
    const applied = { version, outcome: 'applied', detail: null, changes } as const;
    return stay(owe({ ...seen, good: { version, settings } }, applied));
  }
  return {
    state: { ...seen, trial: { version, settings, begun: false, changes, expected } },
    actions: [{ kind: 'restart' }],
  };
}

function started(state: SettingsState): SettingsStep {
  const { trial } = state;
  if (trial === null) return stay(state);
  if (trial.begun) return rollBack(state, 'the agent ended while it was being tried', []);
  const { version, changes } = trial;
  const trying = { version, outcome: 'trying', detail: null, changes } as const;
  return stay(owe({ ...state, trial: { ...trial, begun: true } }, trying));
}

function confirm(state: SettingsState): SettingsStep {
  const { trial } = state;
  if (trial === null) return stay(state);
  const { version, settings, changes } = trial;
  const applied = { version, outcome: 'applied', detail: null, changes } as const;
  return stay(owe({ ...state, good: { version, settings }, trial: null }, applied));
}

function rollBack(state: SettingsState, why: string, actions: SettingsAction[]): SettingsStep {
  const { trial } = state;
  if (trial === null) return stay(state);
  const changes = trial.changes.map(({ setting, old, new: tried }) => ({ setting, old: tried, new: old }));
  const report = {
    version: trial.version,
    outcome: 'rolled_back',
    detail: why.slice(0, 500),
    changes,
  } as const;
  return { state: owe({ ...state, trial: null }, report), actions };
}

/** Where the journal takes nothing for long, what came of the oldest is forgotten first. */
function owe(state: SettingsState, report: SettingsReport): SettingsState {
  return { ...state, owed: [...state.owed, report].slice(-MAX_OWED) };
}
