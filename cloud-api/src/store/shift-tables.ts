import type { ColumnType, Generated } from 'kysely';
import type { Instant, InstantOrNull } from './journal-tables.ts';

export type ShiftType = 'morning' | 'afternoon' | 'night';

export interface ShiftsTable {
  shift_id: string;
  number: ColumnType<number, never, never>;
  staff_id: number;
  origin: 'kiosk' | 'cloud';
  shift_type: ShiftType | null;
  notes: string | null;
  forced_why: string | null;
  /** Who it is at the kiosk; null for who has shifts in the cloud alone. */
  operator_id: string | null;
  operator: string;
  /** Null for a shift of the cloud. */
  device: string | null;
  incarnation: string | null;
  opened_seq: number | null;
  closed_seq: number | null;
  opened_at: Instant;
  closed_at: InstantOrNull;
  closed_by: string | null;
  counts: ColumnType<unknown, string | null, string | null>;
  offline_ms: number | null;
}

export interface ShiftRulesTable {
  max_length_minutes: number;
  statistics_ttl_s: number;
  version: ColumnType<number, never, never>;
}

export interface ShiftStaffTable {
  staff_id: ColumnType<number, never, never>;
  name: string;
  employee_id: string;
  role: 'weigher' | 'supervisor' | 'admin';
  is_active: Generated<boolean>;
  operator_id: string | null;
  created_at: Instant;
}

export interface ShiftCorrectionsTable {
  correction_id: string;
  shift_id: string;
  opened_at: Instant;
  closed_at: Instant;
  notes: string | null;
  why: string;
  by_whom: string;
  made_at: Instant;
}

/** A view: shifts as they are after the last correction of each. */
export interface KnownShiftsView extends ShiftsTable {
  corrected_why: string | null;
}
