import type { SettingsReport } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { keepSettings, readSettings } from './sync/settings-file.ts';
import {
  reduceSettings,
  type SettingsAction,
  type SettingsEvent,
  type SettingsState,
} from './sync/settings-state.ts';

/** The settings that came from the cloud, as they stand in the data folder. */
export interface SettingsKeeper {
  state(): SettingsState;
  /**
   * One event. The file is written before anything follows from it.
   * @returns what follows; undefined when it could not be kept, and then it did not happen
   */
  take(event: SettingsEvent): SettingsAction[] | undefined;
  /** Puts into the journal what it is owed. @param add leaves one entry, once for each outcome of a version */
  report(add: (report: SettingsReport) => void): void;
}

export function openSettingsKeeper(dataDir: string, log: Logger): SettingsKeeper {
  const { state: read, fault } = readSettings(dataDir);
  if (fault !== null) log.error({ fault }, 'settings.unreadable');
  let state = read;

  function take(event: SettingsEvent): SettingsAction[] | undefined {
    const step = reduceSettings(state, event);
    try {
      if (step.state !== state) keepSettings(dataDir, step.state);
    } catch (error) {
      log.error({ err: error, event: event.kind }, 'settings.not_kept');
      return undefined;
    }
    for (const report of step.state.owed.slice(state.owed.length)) {
      log.warn(report, 'settings.changed');
    }
    state = step.state;
    return step.actions;
  }

  return {
    state: () => state,
    take,
    report: (add) => {
      const { owed } = state;
      if (owed.length === 0) return;
      try {
        for (const report of owed) add(report);
      } catch (error) {
        // Told at the next tick; the file keeps it until then.
        log.error({ err: error }, 'settings.not_reported');
        return;
      }
      take({ kind: 'reported', count: owed.length });
    },
  };
}
