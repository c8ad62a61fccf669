import type { MassUnit } from '@weighgate/protocol';
import type { Reading } from '../indicator/reading.ts';
import type { Refusal } from './refusal.ts';

/** What an indicator was commissioned to show. A change of it at the keypad changes every weight, without a word. */
export interface CommissionedIndication {
  unit: MassUnit;
  /** Scale interval d as decimal text in that unit, such as `"20"` or `"0.02"`: its decimals are the display's. */
  interval: string;
}

/**
 * Why a reading is not of the indication that was commissioned; null when it is, or carries no value.
 * A decimal point that moved shows in the number of decimals, another interval in values between its steps.
 */
export function changeOf(
  { value, unit }: Pick<Reading, 'value' | 'unit'>,
  { unit: expected, interval }: CommissionedIndication,
): Extract<Refusal, { code: 'unit_changed' | 'interval_changed' }> | null {
  if (value === null) return null;
  if (unit !== expected) return { code: 'unit_changed', expected, shown: unit };
  const sameDecimals = decimalsOf(value) === decimalsOf(interval);
  const isStep = sameDecimals && countsOf(value) % countsOf(interval) === 0n;
  return isStep ? null : { code: 'interval_changed', interval, unit, value };
}

function decimalsOf(text: string): number {
  const point = text.indexOf('.');
  return point === -1 ? 0 : text.length - point - 1;
}

/** The number in units of its last digit. */
function countsOf(text: string): bigint {
  return BigInt(text.replace('.', ''));
}
