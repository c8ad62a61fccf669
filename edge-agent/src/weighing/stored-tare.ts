import { isoInstant, type StoredTare } from '@weighgate/protocol';
import type { Refusal } from './refusal.ts';

/** What a site decides of stored tares of trucks. */
export interface TareRules {
  /** For how many days a tare holds after it was weighed or typed. */
  validDays: number;
  /** Whether a truck may be weighed once while nobody is signed in; an expired tare never holds then. */
  unattended: 'refuse' | 'use';
}

/** A tare as the site keeps it. */
export type KeptTare = Pick<StoredTare, 'kind' | 'tareG' | 'setAt' | 'weightId'>;

/** Who asks for a stored tare to be used. */
export interface TareRequest {
  /** Whether somebody is signed in at the desk. */
  attended: boolean;
  /** They say that an expired tare still holds. */
  confirmExpired: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The tare to weigh a truck once with, or why there is none. @param nowMs wall clock */
export function usableTareOf(
  truck: string,
  kept: KeptTare | undefined,
  { validDays, unattended }: TareRules,
  { attended, confirmExpired }: TareRequest,
  nowMs: number,
): { kind: 'usable'; storedTare: StoredTare } | { kind: 'refused'; refusal: Refusal } {
  if (!attended && unattended === 'refuse')
    return { kind: 'refused', refusal: { code: 'stored_tare_unattended' } };
  if (kept === undefined) return { kind: 'refused', refusal: { code: 'stored_tare_missing', truck } };
  const { kind, tareG, setAt, weightId } = kept;
  const validUntilMs = Date.parse(setAt) + validDays * DAY_MS;
  const validUntil = isoInstant(validUntilMs);
  const storedTare = { kind, tareG, setAt, validUntil, weightId };
  if (nowMs < validUntilMs) return { kind: 'usable', storedTare };
  if (attended && confirmExpired) return { kind: 'usable', storedTare: { ...storedTare, confirmed: true } };
  return { kind: 'refused', refusal: { code: 'stored_tare_expired', truck, validUntil } };
}
