import { z } from '@hono/zod-openapi';
import { MAX_WALL_MS } from '@weighgate/protocol';
import { Temporal } from 'temporal-polyfill';

/** An instant that was read, or why it was not. */
export type InstantReading = { kind: 'instant'; wallMs: number } | { kind: 'refused'; reason: string };

// Seconds stop at 59 here: the calendar library would quietly take a 60 for 59.
const compact = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})([0-5]\d)$/;
const withOffset = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/i;
const help = 'must be ISO 8601 with offset (2026-05-31T14:00:00+03:00) or yyyymmddhhmmss';

/**
 * Reads an instant as callers write it: ISO 8601 with offset, or `yyyymmddhhmmss` on the clocks of the site. An hour
 * that the clocks skip is refused; one that comes twice means its first time.
 */
export function readInstant(text: string, timeZone: string): InstantReading {
  try {
    const wallMs = compact.test(text)
      ? compactMs(text, timeZone)
      : withOffset.test(text)
        ? isoMs(text)
        : undefined;
    if (wallMs === undefined) return { kind: 'refused', reason: help };
    if (wallMs === 'skipped')
      return { kind: 'refused', reason: `does not exist on the clocks of ${timeZone}` };
    if (wallMs < 0 || wallMs > MAX_WALL_MS)
      return { kind: 'refused', reason: 'must lie between 1970 and 9999' };
    return { kind: 'instant', wallMs };
  } catch (error) {
    if (error instanceof RangeError)
      return { kind: 'refused', reason: 'is not a date and time of the calendar' };
    throw error;
  }
}

function isoMs(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds;
}

function compactMs(text: string, timeZone: string): number | 'skipped' {
  const local = Temporal.PlainDateTime.from(text.replace(compact, '$1-$2-$3T$4:$5:$6'));
  const zoned = local.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  return zoned.toPlainDateTime().equals(local) ? zoned.epochMilliseconds : 'skipped';
}

/** First instant of the month that `wallMs` falls in, on the clocks of the site. */
export function monthStartOf(wallMs: number, timeZone: string): number {
  const now = Temporal.Instant.fromEpochMilliseconds(wallMs).toZonedDateTimeISO(timeZone);
  return now.with({ day: 1 }).startOfDay().epochMilliseconds;
}

/** Schema of an instant in a query or a body; gives milliseconds since 1970. */
export function instantParameter(timeZone: string) {
  return z
    .string()
    .max(40)
    .transform((text, ctx) => {
      const reading = readInstant(text, timeZone);
      if (reading.kind === 'instant') return reading.wallMs;
      ctx.addIssue({ code: 'custom', message: reading.reason });
      return z.NEVER;
    })
    .openapi({ type: 'string', example: '2026-05-31T14:00:00+03:00', description: help });
}
