import type { JournalRow } from './message.ts';

/** Where a span stands: 32 and 16 hexadecimal digits, as W3C Trace Context level 1 section 3.2 has them. */
export interface TracePlace {
  traceId: string;
  spanId: string;
}

/** How far into an entry its ids stand. */
const LOOKED_AT_CHARS = 600;
const traceparentPattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

/** The trace of a session, or of an entry that belongs to none: it is named after the uuid, so that whoever has that finds it. */
export const traceIdOf = (uuid: string): string => uuid.replaceAll('-', '');

/**
 * Where the span of an entry stands, told from the entry alone: in the trace of its session when it names one, else in one
 * of its own; the span after the entry's hash. Undefined when the entry has no uuid that could be read.
 */
export function tracePlaceOf({ entry, hash }: Pick<JournalRow, 'entry' | 'hash'>): TracePlace | undefined {
  const head = entry.slice(0, LOOKED_AT_CHARS);
  const uuid = /"sessionId":"([0-9a-f-]{36})"/.exec(head)?.[1] ?? /"uuid":"([0-9a-f-]{36})"/.exec(head)?.[1];
  return uuid === undefined ? undefined : { traceId: traceIdOf(uuid), spanId: hash.slice(0, 16) };
}

/** The value of a `traceparent` header for a place, sampled. */
export const traceparentOf = ({ traceId, spanId }: TracePlace): string => `00-${traceId}-${spanId}-01`;

/** Reads a `traceparent`; undefined for what is none. */
export function readTraceparent(text: string | undefined): TracePlace | undefined {
  const [, traceId, spanId] = traceparentPattern.exec(text ?? '') ?? [];
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
}
