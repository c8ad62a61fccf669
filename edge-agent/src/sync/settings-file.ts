import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivate } from './enrolment-file.ts';
import { noSettings, type SettingsState, settingsStateSchema } from './settings-state.ts';

/** Where the settings that came from the cloud are kept. Only the agent's user may read it. */
export function settingsPath(dataDir: string): string {
  return join(dataDir, 'remote-settings.json');
}

/** What stands in the file. One that cannot be read is told, and counts as none: the agent's own configuration holds. */
export type SettingsReading = { state: SettingsState; fault: string | null };

/** Never throws: no setting from afar is worth a weighbridge that does not start. */
export function readSettings(dataDir: string): SettingsReading {
  const path = settingsPath(dataDir);
  try {
    return { state: settingsStateSchema.parse(JSON.parse(readFileSync(path, 'utf8'))), fault: null };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { state: noSettings, fault: null };
    return { state: noSettings, fault: `${path} cannot be used: ${(error as Error).message.slice(0, 200)}` };
  }
}

/** Keeps it, whole: a power cut leaves what stood there or this. */
export function keepSettings(dataDir: string, state: SettingsState): void {
  writePrivate(settingsPath(dataDir), JSON.stringify(state, null, 2));
}
