import type { AdjustmentCounters } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { Journal } from './journal.ts';

/** A sealable parameter as it is now. */
export interface SealableParameter {
  /** JSON text. */
  value: string;
  /** Which counter a change of it counts for: `cal` when it bears on the weight itself. */
  counter: 'cfg' | 'cal';
}

/** What may be adjusted, and what was: nothing changes without an entry and a counter that shows it. */
export interface SealedParameters {
  counters(): AdjustmentCounters;
  /** JSON text of a parameter on record; null when there is none. */
  valueOf(parameter: string): string | null;
  /**
   * Compares all parameters with those on record. The first time they are put on record as they are; afterwards each
   * that differs is an entry, and each counter concerned goes up by one, however many differ.
   * @param by an operator's name, or `configuration` @returns the ids of those that had changed
   */
  record(current: ReadonlyMap<string, SealableParameter>, by: string): string[];
  /** A change of something that is no setting, such as the clock: one entry, and `cfg` goes up by one. */
  recordChange(parameter: string, old: string | null, now: string | null, by: string): void;
}

interface Change {
  parameter: string;
  old: string | null;
  new: string | null;
  counter: 'cfg' | 'cal';
}

export function openSealedParameters(database: Database.Database, journal: Journal): SealedParameters {
  const selectCounters = database.prepare<[], AdjustmentCounters>('SELECT cfg, cal FROM adjustment_counters');
  const setCounters = database.prepare<[AdjustmentCounters]>(
    'UPDATE adjustment_counters SET cfg = @cfg, cal = @cal',
  );
  const selectSealed = database.prepare<[], { parameter: string; value: string | null }>(
    'SELECT parameter, value FROM sealed_parameters ORDER BY parameter',
  );
  const selectValue = database
    .prepare<[string], string | null>('SELECT value FROM sealed_parameters WHERE parameter = ?')
    .pluck();
  const upsert = database.prepare<[string, string | null]>(`
    INSERT INTO sealed_parameters (parameter, value) VALUES (?, ?)
    ON CONFLICT (parameter) DO UPDATE SET value = excluded.value
  `);

  function counters(): AdjustmentCounters {
    const row = selectCounters.get();
    if (row === undefined) throw new Error('the schema makes the counters and forbids deleting them');
    return row;
  }

  /** One session of adjustment: all its entries carry the counters as they stand after it. */
  function adjust(changes: readonly Change[], by: string): void {
    const before = counters();
    const concerned = (counter: 'cfg' | 'cal') => (changes.some((one) => one.counter === counter) ? 1 : 0);
    const after = { cfg: before.cfg + concerned('cfg'), cal: before.cal + concerned('cal') };
    for (const change of changes)
      journal.append({ kind: 'parameter.changed', body: { ...change, by, counters: after } });
    setCounters.run(after);
  }

  return {
    counters,
    valueOf: (parameter) => selectValue.get(parameter) ?? null,

    record: (current, by) =>
      journal.commit(() => {
        const sealed = new Map(selectSealed.all().map(({ parameter, value }) => [parameter, value]));
        if (sealed.size === 0) {
          const parameters = [...current].map(([parameter, { value }]) => ({ parameter, value }));
          journal.append({ kind: 'parameters.recorded', body: { parameters } });
          for (const { parameter, value } of parameters) upsert.run(parameter, value);
          return [];
        }
        const changes: Change[] = [];
        for (const [parameter, { value, counter }] of current) {
          const old = sealed.get(parameter) ?? null;
          if (old !== value) changes.push({ parameter, old, new: value, counter });
        }
        for (const [parameter, old] of sealed) {
          if (old !== null && !current.has(parameter))
            changes.push({ parameter, old, new: null, counter: 'cfg' });
        }
        if (changes.length > 0) adjust(changes, by);
        for (const { parameter, new: value } of changes) upsert.run(parameter, value);
        return changes.map(({ parameter }) => parameter);
      }),

    recordChange: (parameter, old, now, by) =>
      journal.commit(() => adjust([{ parameter, old, new: now, counter: 'cfg' }], by)),
  };
}
