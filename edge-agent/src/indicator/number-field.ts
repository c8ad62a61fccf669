/**
 * A number as indicators write it: blanks around it, a sign with or without blanks behind it, digits with at most one
 * point. Blanks inside the digits are corruption, never skipped: `4 680` may be what is left of `45680`.
 */
const numberPattern = /^ *([+-]?) *(\d{1,15})(?:\.(\d{0,9}))? *$/;

/**
 * The exact decimal text of a field: `"   -  1.640"` is `"-1.640"`, `"012345."` is `"12345"`, `"-0.0"` is `"0.0"`.
 * @returns null when the field is not a number
 */
export function numberField(text: string): string | null {
  const match = numberPattern.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = ''] = match;
  return signed(sign === '-', whole, fraction);
}

/**
 * The decimal text of digits whose point is given apart.
 * @param digits one or more of 0-9
 * @param decimals how many of them stand behind the point, 0 to 15
 * @returns null when `digits` holds anything else
 */
export function numberOfDigits(digits: string, decimals: number, negative: boolean): string | null {
  if (!/^\d{1,15}$/.test(digits)) return null;
  const padded = digits.padStart(decimals + 1, '0');
  const pointAt = padded.length - decimals;
  return signed(negative, padded.slice(0, pointAt), padded.slice(pointAt));
}

function signed(negative: boolean, whole: string, fraction: string): string {
  const stripped = whole.replace(/^0+(?=\d)/, '');
  const magnitude = fraction === '' ? stripped : `${stripped}.${fraction}`;
  return negative && /[1-9]/.test(magnitude) ? `-${magnitude}` : magnitude;
}
