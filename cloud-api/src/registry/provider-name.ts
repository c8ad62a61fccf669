import { z } from '@hono/zod-openapi';

/** A provider's name: one line. It is compared as {@link providerNameKeyOf} says. */
export const providerNameSchema = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(255, 'must be at most 255 characters')
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'must be one line of readable text');

/** A name as it is compared: without regard to case, and to the ways one text can be written in Unicode. */
export const providerNameKeyOf = (name: string): string => name.normalize('NFKC').toLowerCase();
