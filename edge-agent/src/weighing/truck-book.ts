import { kgOf } from '@weighgate/protocol';
import type { Refusal } from './refusal.ts';
import type { KeptTare } from './stored-tare.ts';

/** The most a truck may weigh on the road, and what a weighing over it comes to. */
export interface LegalGross {
  legalGrossG: number;
  overload: 'warn' | 'refuse';
}

/** What the desk looks up of a truck. */
export interface TruckBook {
  legalGrossOf(truck: string): LegalGross | undefined;
  /** The latest of what it weighed empty and what somebody typed. */
  tareOf(truck: string): KeptTare | undefined;
  /** What it weighed empty at its last visits, newest first, in grams. */
  recentTaresG(truck: string, most: number): number[];
}

/** Why a truck of this weight may not be recorded; null when it may. Exactly its legal gross is not over it. */
export function overloadOf(truck: string, grossG: number, limit: LegalGross | undefined): Refusal | null {
  if (limit === undefined || limit.overload === 'warn' || grossG <= limit.legalGrossG) return null;
  const { legalGrossG } = limit;
  return {
    code: 'over_legal_gross',
    truck,
    legalGrossKg: kgOf(legalGrossG),
    overKg: kgOf(grossG - legalGrossG),
  };
}
