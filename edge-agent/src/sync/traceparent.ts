import type { JournalRow } from '@weighgate/protocol';

/**
 * The W3C trace context of an entry, told from the entry alone: the trace is named after its uuid, so that whoever reads
 * the entry can find it, and the span after its hash.
 */
export function traceparentOf({ entry, hash }: Pick<JournalRow, 'entry' | 'hash'>): string | undefined {
  const uuid = /"uuid":"([0-9a-f-]{36})"/.exec(entry.slice(0, 400))?.[1];
  return uuid === undefined ? undefined : `00-${uuid.replaceAll('-', '')}-${hash.slice(0, 16)}-01`;
}
