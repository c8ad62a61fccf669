import type { JournalEntry } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';

/** What applying one entry came to. A parked entry stays stored, is visible, and changes nothing. */
export type Applied = { kind: 'applied' } | { kind: 'parked'; reason: string; detail: string };

/**
 * Turns entries into changes inside the transaction it is given, in their order. When one of them has to be parked it says
 * why, and its caller undoes all of them.
 */
export type ApplyEntries = (trx: Trx, entries: readonly JournalEntry[]) => Promise<Applied>;
