import type { JournalEntry } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { ticketNoOf } from './ticket-numbers.ts';

interface WeightRow {
  sessionId: string;
  scaleId: string;
  direction: string;
  grossG: number;
  containers: string;
  series: string;
  number: number;
  registeredAt: string;
}

interface SessionRow {
  truck: string | null;
  firstWeightId: string;
  secondWeightId: string | null;
  netG: number | null;
  truckTareG: number | null;
}

/** Compares what is shown of the weighings with their entries. */
export interface ProjectionCheck {
  /** @returns what differs from this entry, in words; null when nothing does */
  differs(entry: JournalEntry): string | null;
  /** After the last entry: what is shown and has no entry. */
  leftOver(): string | null;
}

const directions: Partial<Record<JournalEntry['kind'], string>> = {
  'session.opened': 'in',
  'session.closed': 'out',
  'session.one_pass': 'out',
  'weight.single': 'single',
};

export function projectionCheck(database: Database.Database): ProjectionCheck {
  const selectWeight = database.prepare<[string], WeightRow>(`
    SELECT session_id AS sessionId, scale_id AS scaleId, direction, gross_g AS grossG, containers,
           ticket_series AS series, ticket_number AS number, registered_at AS registeredAt
    FROM registered_weights WHERE weight_id = ?
  `);
  const selectSession = database.prepare<[string], SessionRow>(`
    SELECT truck, first_weight_id AS firstWeightId, second_weight_id AS secondWeightId, net_g AS netG,
           truck_tare_g AS truckTareG
    FROM weighing_sessions WHERE session_id = ?
  `);
  const countWeights = database.prepare<[], number>('SELECT count(*) FROM registered_weights').pluck();
  const selectTares = database.prepare<[], { container: string; tareG: number; entryText: string | null }>(`
    SELECT container, tare_g AS tareG, entry_text AS entryText
    FROM container_tares LEFT JOIN journal ON journal.uuid = container_tares.entry_uuid
  `);
  const lastNumbers = new Map<string, number>();
  let weighings = 0;

  function weightDiffers(entry: JournalEntry): string | null {
    if (!('weight' in entry.body && 'ticketNo' in entry.body)) return null;
    const { weight, ticketNo, sessionId, containers } = entry.body;
    weighings += 1;
    const row = selectWeight.get(weight.weightId);
    if (row === undefined) return `weight ${weight.weightId} is not shown`;
    const direction = directions[entry.kind];
    const same =
      row.sessionId === sessionId &&
      row.scaleId === weight.scaleId &&
      (direction === undefined || row.direction === direction) &&
      row.grossG === weight.grossG &&
      row.registeredAt === weight.registeredAt &&
      row.containers === JSON.stringify(containers) &&
      ticketNoOf(row.series, row.number) === ticketNo;
    if (!same) return `weight ${weight.weightId} is shown otherwise`;
    const gapless = row.number === (lastNumbers.get(row.series) ?? 0) + 1;
    lastNumbers.set(row.series, row.number);
    return gapless ? null : `ticket ${ticketNo} does not follow the one before`;
  }

  function sessionDiffers(entry: JournalEntry): string | null {
    if (
      !(
        entry.kind === 'session.opened' ||
        entry.kind === 'session.closed' ||
        entry.kind === 'session.one_pass' ||
        entry.kind === 'weight.single'
      )
    )
      return null;
    const { sessionId, truck, weight } = entry.body;
    const row = selectSession.get(sessionId);
    if (row === undefined) return `session ${sessionId} is not shown`;
    const named = entry.kind === 'session.closed' ? row.secondWeightId : row.firstWeightId;
    if (row.truck !== truck || named !== weight.weightId) return `session ${sessionId} is shown otherwise`;
    if (!('net' in entry.body) || entry.body.net.kind !== 'known') return null;
    return netDiffers(sessionId, row, entry.body.net);
  }

  function netDiffers(
    sessionId: string,
    row: SessionRow,
    net: { netG: number; truckTareG: number },
  ): string | null {
    return row.netG === net.netG && row.truckTareG === net.truckTareG
      ? null
      : `the net of session ${sessionId} is shown otherwise`;
  }

  function completedNetDiffers(entry: JournalEntry): string | null {
    if (entry.kind !== 'session.net_completed') return null;
    const { sessionId, net } = entry.body;
    const row = selectSession.get(sessionId);
    return row === undefined ? `session ${sessionId} is not shown` : netDiffers(sessionId, row, net);
  }

  return {
    differs: (entry) => weightDiffers(entry) ?? sessionDiffers(entry) ?? completedNetDiffers(entry),
    leftOver: () => {
      const shown = countWeights.get() ?? 0;
      if (shown !== weighings) return `${shown} weights are shown, the journal has ${weighings}`;
      for (const { container, tareG, entryText } of selectTares.iterate()) {
        const said = [`"tareG":${tareG},`, `"tareG":${tareG}}`].some((words) => entryText?.includes(words));
        if (!said || !entryText?.includes(`"${container}"`))
          return `the tare of container ${container} is shown otherwise`;
      }
      return null;
    },
  };
}
