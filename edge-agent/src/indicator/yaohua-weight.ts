import { numberOfDigits } from './number-field.ts';

const field = /^([+-])(\d{6})([0-4])$/;

/**
 * The weight as Yaohua and Keli write it in binary frames: a sign, six digits, and how many of them stand behind the
 * point.
 * @param at where the sign stands
 * @returns null when it is not that
 */
export function yaohuaWeight(frame: Uint8Array, at: number): string | null {
  const match = field.exec(Buffer.from(frame.subarray(at, at + 8)).toString('latin1'));
  if (match === null) return null;
  const [, sign, digits = '', decimals] = match;
  return numberOfDigits(digits, Number(decimals), sign === '-');
}
