import type { SettingsReport } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { Journal } from './journal.ts';

/** What came of the settings that the cloud wished for. */
export interface SettingsReports {
  /** Leaves an entry, once for each outcome of a version: a report that is given again after a power cut adds nothing. */
  add(report: SettingsReport): void;
}

export function openSettingsReports(database: Database.Database, journal: Journal): SettingsReports {
  const insert = database.prepare(
    'INSERT INTO settings_reports (version, outcome) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  return {
    add: (report) =>
      journal.commit(() => {
        if (insert.run(report.version, report.outcome).changes === 0) return;
        journal.append({ kind: 'settings.changed', body: report });
      }),
  };
}
