import type { Generated } from 'kysely';
import type { Instant } from './journal-tables.ts';

export interface BillDocumentsTable {
  bill_id: string;
  language: 'en' | 'he' | 'ar';
  content: Buffer;
  sha256: Buffer;
  drawn_at: Instant;
}

export interface DisputesTable {
  dispute_id: string;
  bill_id: string;
  line_no: number;
  provider_id: number;
  state: 'open' | 'answered' | 'resolved';
  version: Generated<number>;
  evidence: string | null;
  evidence_hash: string | null;
}

export interface DisputeStepsTable {
  dispute_id: string;
  no: number;
  kind: 'opened' | 'answered' | 'resolved';
  said: string;
  outcome: 'credited' | 'upheld' | null;
  credit_note_id: string | null;
  by_whom: string;
  at: Instant;
}

export interface AccountingBatchesTable {
  number: number;
  bill_count: number;
  content: string;
  sha256: string;
  made_at: Instant;
  made_by: string;
}

export interface AccountingBatchBillsTable {
  bill_id: string;
  batch_number: number;
  place: number;
}
