/** Why something was refused. Codes are stable; `textOf` has the words for the person at the scale. */
export type Refusal =
  | { code: 'no_reading'; ageMs: number | null }
  | { code: 'not_stable' }
  | { code: 'below_threshold'; thresholdKg: number }
  | { code: 'overloaded' }
  | { code: 'underloaded' }
  | { code: 'above_maximum'; maxKg: number }
  | { code: 'not_gross' }
  | { code: 'unit_unknown' }
  | { code: 'unit_changed'; expected: string; shown: string | null }
  | { code: 'interval_changed'; interval: string; unit: string; value: string }
  | { code: 'not_recordable' }
  | { code: 'already_registered' }
  | { code: 'session_open'; truck: string; sessionId: string }
  | { code: 'no_open_session'; truck: string }
  | { code: 'truck_missing'; direction: 'in' | 'out' }
  | { code: 'negative_net'; firstKg: number; secondKg: number; netKg: number }
  | { code: 'containers_heavier'; secondKg: number; truckTareKg: number }
  | { code: 'scale_missing'; known: readonly string[] }
  | { code: 'unknown_scale'; scaleId: string; known: readonly string[] }
  | { code: 'below_minimum'; minKg: number }
  | { code: 'no_zero_since_last_truck'; zeroBandKg: number }
  | { code: 'storage_low' }
  | { code: 'printer_not_ready'; reason: 'paper_out' | 'cover_open' | 'error' | 'unreachable' }
  | { code: 'seal_broken'; brokenAtSeq: number }
  | { code: 'position_cut'; beam: string | null }
  | { code: 'position_unknown'; sensor: string }
  | { code: 'alibi_missing' }
  | { code: 'software_unverified'; reason: 'no_release' | 'not_signed' | 'other_software' | 'older' }
  | { code: 'over_legal_gross'; truck: string; legalGrossKg: number; overKg: number }
  | { code: 'stored_tare_missing'; truck: string }
  | { code: 'stored_tare_unattended' }
  | { code: 'tare_unknown'; containers: readonly string[] }
  | { code: 'stored_tare_expired'; truck: string; validUntil: string }
  | { code: 'preset_tare_above_maximum'; maxKg: number }
  | { code: 'tare_heavier'; grossKg: number; tareKg: number }
  | { code: 'session_unknown'; sessionId: string }
  | { code: 'session_superseded' }
  | { code: 'session_voided' }
  | { code: 'second_person_missing' }
  | { code: 'same_person'; by: string }
  | { code: 'provider_revoked'; truck: string; provider: string }
  | { code: 'tares_stale'; confirmedOn: string };

export type RefusalCode = Refusal['code'];
