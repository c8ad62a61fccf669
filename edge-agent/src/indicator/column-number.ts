import { numberField } from './number-field.ts';

/**
 * The exact decimal text of a field of fixed columns, where a number stands at the right end: a blank behind it is what
 * a lost digit leaves.
 * @returns null when the field is not such a number
 */
export function columnNumber(columns: string): string | null {
  return columns.endsWith(' ') ? null : numberField(columns);
}
