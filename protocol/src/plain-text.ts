import { z } from 'zod';

/**
 * One line of readable text, 1 to `maxLength` characters, that every log line, ticket and database column can hold:
 * no control, format, unpaired or private characters. PostgreSQL for one refuses U+0000, and one refused entry would
 * hold up every entry behind it.
 */
export const plainTextSchema = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'must be one line of readable text');

/** Longest reason this package gives for refusing something. */
export const MAX_REASON_LENGTH = 500;

/** A reason that may quote what came from outside, cut to {@link MAX_REASON_LENGTH} and to one line of readable text. */
export function plainReasonOf(reason: string): string {
  return reason.slice(0, MAX_REASON_LENGTH).replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
}
