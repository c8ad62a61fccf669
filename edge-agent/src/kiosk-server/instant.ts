import { MAX_WALL_MS } from '@weighgate/protocol';
import { Temporal } from 'temporal-polyfill';

/** A span of time that a caller's text names, both ends within it, or why it names none. */
export type MomentReading =
  | { kind: 'moment'; firstMs: number; lastMs: number }
  | { kind: 'refused'; reason: string };

// Seconds stop at 59 here: the calendar library would quietly take a 60 for 59.
const compact = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})([0-5]\d)$/;
const withOffset = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/i;
const help = 'must be yyyymmddhhmmss, or ISO 8601 with offset (2026-05-31T14:00:00+03:00)';

/**
 * Reads a moment as callers write it: `yyyymmddhhmmss` on the clocks of the site, or ISO 8601 with offset. Text without
 * a fraction names a whole second, so that from and to of the same second hold what was weighed in it. An hour that the
 * clocks skip is refused; one that comes twice means its first time.
 */
export function readMoment(text: string, timeZone: string): MomentReading {
  try {
    const firstMs = compact.test(text)
      ? compactMs(text, timeZone)
      : withOffset.test(text)
        ? Temporal.Instant.from(text).epochMilliseconds
        : undefined;
    if (firstMs === undefined) return { kind: 'refused', reason: help };
    if (firstMs === 'skipped')
      return { kind: 'refused', reason: `does not exist on the clocks of ${timeZone}` };
    if (firstMs < 0 || firstMs > MAX_WALL_MS - 999)
      return { kind: 'refused', reason: 'must lie between 1970 and 9999' };
    return { kind: 'moment', firstMs, lastMs: text.includes('.') ? firstMs : firstMs + 999 };
  } catch (error) {
    if (error instanceof RangeError)
      return { kind: 'refused', reason: 'is not a date and time of the calendar' };
    throw error;
  }
}

function compactMs(text: string, timeZone: string): number | 'skipped' {
  const local = Temporal.PlainDateTime.from(text.replace(compact, '$1-$2-$3T$4:$5:$6'));
  const zoned = local.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  return zoned.toPlainDateTime().equals(local) ? zoned.epochMilliseconds : 'skipped';
}

const zonedAt = (wallMs: number, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(wallMs).toZonedDateTimeISO(timeZone);

/** First instant of the day that `wallMs` falls in, on the clocks of the site; milliseconds since 1970. */
export function dayStartOf(wallMs: number, timeZone: string): number {
  return zonedAt(wallMs, timeZone).startOfDay().epochMilliseconds;
}

/** First instant of the month that `wallMs` falls in, on the clocks of the site; milliseconds since 1970. */
export function monthStartOf(wallMs: number, timeZone: string): number {
  return zonedAt(wallMs, timeZone).with({ day: 1 }).startOfDay().epochMilliseconds;
}
