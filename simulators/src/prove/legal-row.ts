import assert from 'node:assert/strict';
import type { JournalEntry } from '@weighgate/protocol';
import type { LegalSite } from './legal-site.ts';

/** One row of the checklist, tried on a weighbridge. It throws what does not hold. */
export interface LegalRow {
  /** Rows that one try shows together. */
  ids: readonly string[];
  claim: string;
  try(at: LegalSite): Promise<void>;
}

/** An entry that records a weighing. */
export type WeighingEntry = Extract<JournalEntry, { body: { ticketNo: string; weight: object } }>;

/** The weighing that was recorded last. */
export const lastWeighing = (at: LegalSite): WeighingEntry => {
  const last = at.entries().findLast((entry) => 'weight' in entry.body);
  assert(last !== undefined && 'weight' in last.body, 'there is no weighing');
  return last as WeighingEntry;
};
/** @throws when it was answered, or refused for another reason */
export const isRefused = (
  { status, json }: { status: number; json: Record<string, unknown> },
  code: string,
) => assert(status >= 400 && String(json.type).endsWith(code), `${status} ${json.type}, not ${code}`);
