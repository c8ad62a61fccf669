import type { JournalEntry } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';

/** What applying one entry came to. A parked entry stays stored, is visible, and changes nothing. */
export type Applied = { kind: 'applied' } | { kind: 'parked'; reason: string; detail: string };

/** Turns an entry into changes inside the transaction it is given. */
export type ApplyEntry = (trx: Trx, entry: JournalEntry) => Promise<Applied>;
