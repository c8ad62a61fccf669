import type { Instant } from './journal-tables.ts';

export interface BillDocumentsTable {
  bill_id: string;
  language: 'en' | 'he' | 'ar';
  content: Buffer;
  sha256: Buffer;
  drawn_at: Instant;
}
