import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  noSettings,
  reduceSettings,
  type SettingsEvent,
  type SettingsPhase,
  type SettingsState,
  settingsInForce,
  settingsPhaseOf,
  settingsStateSchema,
} from './settings-state.ts';

const changes = [{ setting: 'logLevel', old: '"info"', new: '"debug"' }];
const good = { kind: 'good', settings: { logLevel: 'debug' }, changes, expected: ['cloud'] } as const;
const order = (version: number): SettingsEvent => ({
  kind: 'ordered',
  version,
  verdict: { ...good, changes: [...changes], expected: ['cloud'] },
});
const refused = (version: number): SettingsEvent => ({
  kind: 'ordered',
  version,
  verdict: { kind: 'refused', why: 'may not be set from afar: maxKg' },
});
const unhealthy: SettingsEvent = { kind: 'unhealthy', why: 'not well: printer' };

function after(...events: SettingsEvent[]): SettingsState {
  return events.reduce((state, event) => reduceSettings(state, event).state, noSettings);
}
const phases: Record<SettingsPhase, SettingsState> = {
  resting: { ...after(refused(4)), owed: [] },
  waiting: after(order(4)),
  trying: { ...after(order(4), { kind: 'started' }), owed: [] },
};

describe('every event in every phase', () => {
  test.each<
    [SettingsPhase, string, SettingsEvent, SettingsPhase, (string | undefined)[], (string | undefined)[]]
  >([
    ['resting', 'a newer order that is good', order(5), 'waiting', [], ['restart']],
    ['resting', 'a newer order that is not', refused(5), 'resting', ['refused'], []],
    ['resting', 'the same order', order(4), 'resting', [], []],
    ['resting', 'an older order', order(3), 'resting', [], ['refuse_old']],
    ['resting', 'a start', { kind: 'started' }, 'resting', [], []],
    ['resting', 'health', { kind: 'healthy' }, 'resting', [], []],
    ['resting', 'ill health', unhealthy, 'resting', [], []],
    ['waiting', 'a newer order', order(5), 'waiting', [], []],
    ['waiting', 'the same order', order(4), 'waiting', [], []],
    ['waiting', 'an older order', order(3), 'waiting', [], ['refuse_old']],
    ['waiting', 'a start', { kind: 'started' }, 'trying', ['trying'], []],
    ['waiting', 'health', { kind: 'healthy' }, 'waiting', [], []],
    ['waiting', 'ill health', unhealthy, 'waiting', [], []],
    ['trying', 'a newer order', order(5), 'trying', [], []],
    ['trying', 'the same order', order(4), 'trying', [], []],
    ['trying', 'an older order', order(3), 'trying', [], ['refuse_old']],
    ['trying', 'another start: it ended meanwhile', { kind: 'started' }, 'resting', ['rolled_back'], []],
    ['trying', 'health', { kind: 'healthy' }, 'resting', ['applied'], []],
    ['trying', 'ill health', unhealthy, 'resting', ['rolled_back'], ['restart']],
  ])('%s, %s', (phase, _, event, next, reports, actions) => {
    const step = reduceSettings(phases[phase], event);
    expect(settingsPhaseOf(step.state)).toBe(next);
    expect(step.state.owed.map(({ outcome }) => outcome)).toEqual(reports);
    expect(step.actions.map(({ kind }) => kind)).toEqual(actions);
  });

  test('only what was confirmed is good; what was rolled back is told with old and new the other way round', () => {
    expect(reduceSettings(phases.trying, { kind: 'healthy' }).state.good).toEqual({
      version: 4,
      settings: { logLevel: 'debug' },
    });
    const { state } = reduceSettings(phases.trying, unhealthy);
    expect(state.good).toEqual(noSettings.good);
    expect(state.owed).toEqual([
      {
        version: 4,
        outcome: 'rolled_back',
        detail: 'not well: printer',
        changes: [{ setting: 'logLevel', old: '"debug"', new: '"info"' }],
      },
    ]);
  });

  test('settings that change nothing are applied without a trial', () => {
    const step = reduceSettings(noSettings, {
      kind: 'ordered',
      version: 1,
      verdict: { ...good, changes: [], expected: [] },
    });
    expect(step.actions).toEqual([]);
    expect(step.state).toMatchObject({ good: { version: 1 }, trial: null, owed: [{ outcome: 'applied' }] });
  });
});

test('whatever comes: versions never go back, nothing is good that was not tried to its end, each version ends once', () => {
  const anyEvent = fc.oneof(
    fc.integer({ min: 1, max: 8 }).map(order),
    fc.integer({ min: 1, max: 8 }).map(refused),
    fc.constantFrom<SettingsEvent>({ kind: 'started' }, { kind: 'healthy' }, unhealthy),
    fc.integer({ min: 0, max: 3 }).map((count): SettingsEvent => ({ kind: 'reported', count })),
  );
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      let state = noSettings;
      const ended: number[] = [];
      for (const event of events) {
        const before = state;
        const step = reduceSettings(before, event);
        state = step.state;
        expect(settingsStateSchema.parse(state)).toEqual(state);
        expect(state.newest).toBeGreaterThanOrEqual(before.newest);
        expect(state.good.version).toBeGreaterThanOrEqual(before.good.version);
        expect(state.good.version).toBeLessThanOrEqual(state.newest);
        if (state.good !== before.good) {
          expect(event.kind).toBe('healthy');
          expect(before.trial?.begun).toBe(true);
          expect(state.good.version).toBe(before.trial?.version);
        }
        if (event.kind !== 'reported') {
          const told = state.owed.filter((report) => !before.owed.includes(report));
          ended.push(...told.filter(({ outcome }) => outcome !== 'trying').map(({ version }) => version));
        }
        // A second start within a trial never has the settings of it in force.
        if (event.kind === 'started' && before.trial?.begun === true) {
          expect(settingsInForce(state)).toEqual(before.good.settings);
        }
      }
      expect(new Set(ended).size).toBe(ended.length);
    }),
    { numRuns: 500 },
  );
});
