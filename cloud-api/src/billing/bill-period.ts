import { z } from '@hono/zod-openapi';
import { isoInstant } from '@weighgate/protocol';
import { Temporal } from 'temporal-polyfill';
import { instantParameter, monthStartOf } from '../http/instant.ts';
import type { Period } from './find-billable.ts';

/** The period of a bill, and what its ends are called: as they were asked for, or as 14 digits on the site's clocks. */
export interface BillPeriod extends Period {
  fromText: string;
  toText: string;
  /** Its end was asked for and has come: what belongs on the bill has happened. */
  isOver: boolean;
}

/** Query of a bill. */
export function billPeriodQuery(timeZone: string) {
  return z.strictObject({
    from: instantParameter(timeZone).optional(),
    to: instantParameter(timeZone).optional().openapi({
      description: 'exclusive; given as yyyymmddhhmmss it names a second, which is in the period to its end',
    }),
    incomplete: z.enum(['refuse', 'allow']).default('refuse').openapi({
      description: 'allow: answers also when something may be missing, and lists what',
    }),
  });
}

const namesASecond = /^\d{14}$/;

/**
 * Reads the period: from the first of this month until now where nothing is given.
 * @param said the two as they stand in the query, and as they were read
 */
export function billPeriodOf(
  said: { from: [text: string, atMs: number] | undefined; to: [text: string, atMs: number] | undefined },
  { nowMs, timeZone }: { nowMs: number; timeZone: string },
): BillPeriod {
  const [fromText, fromMs] = said.from ?? withDigits(monthStartOf(nowMs, timeZone), timeZone);
  if (said.to === undefined) {
    const [toText, toMs] = withDigits(nowMs, timeZone);
    return { fromText, fromMs, toText, toMs, isOver: false };
  }
  const [toText, atMs] = said.to;
  const toMs = namesASecond.test(toText) ? atMs + 1_000 : atMs;
  return { fromText, fromMs, toText, toMs, isOver: toMs <= nowMs };
}

function withDigits(atMs: number, timeZone: string): [string, number] {
  const local = Temporal.Instant.from(isoInstant(atMs)).toZonedDateTimeISO(timeZone);
  return [local.toPlainDateTime().toString({ smallestUnit: 'second' }).replace(/\D/g, ''), atMs];
}
