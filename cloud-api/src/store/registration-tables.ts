import type { Generated } from 'kysely';
import type { Instant, InstantOrNull } from './journal-tables.ts';

export interface ApplicationsTable {
  application_id: string;
  reference: string;
  status: 'waiting' | 'pending' | 'approved' | 'rejected' | 'withdrawn';
  company_name: string;
  contact_email: string;
  email_key: string;
  phone: string | null;
  location: string | null;
  tax_id: string | null;
  tax_key: string | null;
  products: string[];
  truck_count: number;
  capacity_tons_per_day: number;
  language: 'he' | 'en' | 'ar';
  link_hash: string;
  link_expires_at: Instant;
  version: Generated<number>;
  created_at: Instant;
  updated_at: Instant;
  decided_at: InstantOrNull;
  decided_by: string | null;
  provider_id: number | null;
  rejection_reason: string | null;
}
