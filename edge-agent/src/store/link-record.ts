import type Database from 'better-sqlite3';
import type { Journal, Moment } from './journal.ts';

/** From where to where in the journal; null for what still goes on. */
interface Span {
  openedPosition: number;
  closedPosition: number | null;
}

interface LinkChange {
  link: 'up' | 'down';
  wallMs: number;
  bootId: string;
  monoMs: number;
  lateMs: number;
}

/** More changes than this tell nobody anything. */
const MAX_UNRECORDED = 100;

/** When there was a connection to the cloud, as the journal has it. */
export interface LinkRecord {
  /** What the link is now; only a change is put on record. */
  note(link: 'up' | 'down'): void;
  /**
   * How long there was no connection within a span, in ms: a recount of its entries gives the same.
   * @param until where a span ends that still goes on
   */
  offlineMs(span: Span, until: Moment): number;
}

export function openLinkRecord(database: Database.Database, journal: Journal): LinkRecord {
  const columns = `json_extract(entry_text, '$.body.link') AS link, json_extract(entry_text, '$.at.wallMs') AS wallMs,
    json_extract(entry_text, '$.at.bootId') AS bootId, json_extract(entry_text, '$.at.monoMs') AS monoMs,
    coalesce(json_extract(entry_text, '$.body.lateMs'), 0) AS lateMs`;
  const selectLastBefore = database.prepare<[number], LinkChange>(`
    SELECT ${columns} FROM journal WHERE kind = 'link.changed' AND position < ? ORDER BY position DESC LIMIT 1
  `);
  const selectWithin = database.prepare<[number, number], LinkChange>(`
    SELECT ${columns} FROM journal WHERE kind = 'link.changed' AND position > ? AND position < ? ORDER BY position
  `);
  const selectAt = database.prepare<[number], LinkChange>(
    `SELECT ${columns} FROM journal WHERE position = ?`,
  );
  // Until anything was seen, up is nothing to tell.
  let last = selectLastBefore.get(Number.MAX_SAFE_INTEGER)?.link ?? 'up';
  /** Seen and not written yet, oldest first: a full disk may keep them waiting. */
  let unrecorded: { link: 'up' | 'down'; monoMs: number }[] = [];

  return {
    note: (link) => {
      if (link !== (unrecorded.at(-1)?.link ?? last))
        unrecorded = [...unrecorded, { link, monoMs: journal.moment().monoMs }].slice(-MAX_UNRECORDED);
      for (let change = unrecorded[0]; change !== undefined; change = unrecorded[0]) {
        const late = journal.moment().monoMs - change.monoMs;
        const body = { link: change.link, ...(late > 0 ? { lateMs: late } : {}) };
        journal.commit(() => journal.append({ kind: 'link.changed', body }));
        last = change.link;
        unrecorded.shift();
      }
    },
    offlineMs: ({ openedPosition, closedPosition }, until) => {
      const opened = selectAt.get(openedPosition);
      if (opened === undefined) throw new Error(`entry ${openedPosition} opened a shift and is not there`);
      const closed = closedPosition === null ? undefined : selectAt.get(closedPosition);
      const within = selectWithin.all(openedPosition, closedPosition ?? Number.MAX_SAFE_INTEGER);
      const isDownAtStart = selectLastBefore.get(openedPosition)?.link === 'down';
      const changes = within.map((change) => notBefore(opened, change));
      return downMsOf([{ ...opened, link: isDownAtStart ? 'down' : 'up' }, ...changes], closed ?? until);
    },
  };
}

/** When the link changed, or when the span opened if that was later. */
function notBefore(opened: Moment, { lateMs, ...change }: LinkChange): LinkChange {
  const monoMs = change.monoMs - lateMs;
  const isBefore = change.bootId === opened.bootId && monoMs < opened.monoMs;
  return isBefore
    ? { ...change, wallMs: opened.wallMs, monoMs: opened.monoMs, lateMs: 0 }
    : { ...change, wallMs: change.wallMs - lateMs, monoMs, lateMs: 0 };
}

/** The time from each `down` to what comes after it. */
function downMsOf(changes: readonly LinkChange[], end: Moment): number {
  return changes.reduce((sumMs, change, index) => {
    const next = changes[index + 1] ?? end;
    return change.link === 'down' ? sumMs + betweenMs(change, next) : sumMs;
  }, 0);
}

/** By the monotonic clock within one boot; a wall clock that was set back between two boots counts nothing. */
function betweenMs(from: Moment, to: Moment): number {
  return from.bootId === to.bootId ? to.monoMs - from.monoMs : Math.max(0, to.wallMs - from.wallMs);
}
